"""Tokens by client_credentials, each a JWT signed with RS256: node-oidc-provider and Poolhouse, in one run.

node-oidc-provider keeps all in memory, with its own defaults. Poolhouse is in production mode.
"""

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Seen, drive_forms
from bench.oauth import machine
from bench.peers import npm_package
from bench.population import production
from bench.servers import Running, free_port, running

_VERSION = "9.13.3"
_CLIENT = {"client_id": "bench", "client_secret": "secret-secret-secret-secret"}
_FORM = {"grant_type": "client_credentials", "scope": "api/read", **_CLIENT}
_ROUNDS = 3


@contextmanager
def _oidc_provider() -> Iterator[Running]:
    script = Path(__file__).with_name("oidc_provider.mjs")
    home = npm_package("oidc-provider", _VERSION)
    with TemporaryDirectory() as folder:
        port = free_port()
        command = [shutil.which("node") or "node", str(script), str(home), str(port), *_CLIENT.values()]
        with running(command, Path(folder), port) as server:
            yield server


def main() -> None:
    """Measure both, one after the other and again; print the table."""
    with production(users=1) as made, _oidc_provider() as provider:
        made.idp.create_user_pool_domain(UserPoolId=made.pool_id, Domain="bench")
        ours, theirs = machine(made), [_FORM]
        runs = [
            (_drive(made.server, "/oauth2/token", ours), _drive(provider, "/token", theirs))
            for _ in range(_ROUNDS)
        ]
    print("| client_credentials, RS256 | tokens/s | p99 | CPU |\n|---|---:|---:|---:|")
    for name, seen in zip(("Poolhouse", f"oidc-provider {_VERSION}"), zip(*runs, strict=True), strict=True):
        rate, p99, cpu = (
            statistics.median(getattr(run, what) for run in seen)
            for what in ("per_second", "p99_ms", "cpu_us")
        )
        print(f"| {name} | {rate:,.0f} | {p99:,.1f} ms | {cpu:,.0f} µs |")


def _drive(server: Running, path: str, forms: list[dict[str, str]]) -> Seen:
    seen = drive_forms(server, path, forms, callers=8, seconds=3)
    if seen.errors:
        raise RuntimeError(f"{seen.errors} requests were refused")
    return seen


if __name__ == "__main__":
    main()
