"""The check of an access token that was checked before, beside a plain RS256 verification."""

from contextlib import closing

from bench import floors
from bench.population import development
from bench.report import Row
from poolhouse.access.access_token import AccessTokens
from poolhouse.cli.common import open_vault, read_settings
from poolhouse.keys.gate import Gate
from poolhouse.keys.signing import SigningKeys
from poolhouse.store import open_store
from poolhouse.store.cache import ConfigCache
from poolhouse.world import SystemClock, SystemEntropy

_TIMES = 2000


def rows() -> list[Row]:
    """Return the rows: the signature alone; and all of it, with revocation, pool, client, the user's state."""
    with development(users=1) as made:
        token = made.access_token(made.usernames[0])
        port = made.server.url.rpartition(":")[2]
        overrides = {"server": {"host": "127.0.0.1", "port": int(port)}}
        settings = read_settings(None, str(made.server.data), dev=True, overrides=overrides)
        clock, vault = SystemClock(), open_vault(settings, create=False)
        with closing(open_store(settings.store_url, clock)) as store:
            signing = SigningKeys(store, vault, clock, SystemEntropy(), Gate(1))
            tokens = AccessTokens(settings, store, ConfigCache(store, clock), signing, clock)
            floor = floors.rs256_check_us()
            verified = floors.cpu_us(lambda: tokens.verified(token), _TIMES)
            authorised = floors.cpu_us(lambda: tokens.authorise(token), _TIMES)
    ratio = floor / verified
    beside = "CPU, beside one RS256 verification"
    return [
        Row(
            f"token verified from the cache, {beside}",
            verified,
            floor,
            "µs",
            ratio,
            "≥ 10 times",
            ratio >= 10,
        ),
        Row(
            f"caller authorised by that token, {beside}",
            authorised,
            floor,
            "µs",
            floor / authorised,
            "",
            None,
        ),
    ]
