"""Signing keys change under a relying party's eyes: PyJWT, and two applications on one database."""

from contextlib import ExitStack

import jwt
import pytest
from msgspec.structs import replace

from poolhouse.keys.signing import rotate
from poolhouse.store import open_store
from support.server import running_server
from support.sign_in import Place, make_place


@pytest.fixture
def two(store_url, engine, clock, tmp_path):
    """A place on one application, and the same place on another; SQLite serves one process only."""
    with ExitStack() as stack:
        one = stack.enter_context(running_server(open_store(store_url, clock), tmp_path, clock))
        place = make_place(one)
        place.person()
        if engine == "sqlite":
            yield place, place
            return

        def same_issuer(settings):
            return replace(
                settings, server=replace(settings.server, public_url=one.services.settings.public_url)
            )

        server = stack.enter_context(
            running_server(open_store(store_url, clock), tmp_path, clock, change=same_issuer)
        )
        yield place, Place(server, server.client(), place.pool, place.client)


def test_a_relying_party_meets_no_token_that_it_must_refuse(two):
    """It keeps the keys for good and asks again upon an unknown kid alone, now this process, now the other."""
    clock = two[0].server.clock
    verifiers = [
        jwt.PyJWKClient(
            f"{place.server.url}/{place.pool}/.well-known/jwks.json",
            cache_keys=True,
            cache_jwk_set=False,
            lifespan=1,
        )
        for place in two
    ]
    kids, first = set(), None
    for step in range(40):
        if step == 4:
            services = two[1].server.services
            begins = rotate(
                services.store,
                services.vault,
                services.entropy,
                two[0].pool,
                now=clock.now(),
                notice=60.0,
            )
        for place in two:
            tokens = place.plain()["AuthenticationResult"]
            first = first or tokens
            for verifier in verifiers:
                for name in ("IdToken", "AccessToken"):
                    check(verifier, tokens[name], clock)
                    check(verifier, first[name], clock)
            for checker in two:
                assert checker.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "jane"
            kid = jwt.get_unverified_header(tokens["AccessToken"])["kid"]
            assert (kid in kids) or not kids or clock.now() >= begins
            kids.add(kid)
        clock.advance(3)
    assert len(kids) == 2


def check(verifier, token, clock):
    key = verifier.get_signing_key_from_jwt(token)
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, key, algorithms=["RS256"], options=options)
    assert claims["exp"] > clock.now()
