"""Tokens by client_credentials: Poolhouse, node-oidc-provider and canaille, in one run.

Poolhouse is in production mode, and like node-oidc-provider signs a JWT with RS256. node-oidc-provider keeps all
in memory, with its own defaults. canaille keeps its tokens, which are random strings, in a SQLite file.
"""

import json
import shutil
import statistics
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Seen, drive_forms
from bench.oauth import machine
from bench.peers import npm_package, python_tool
from bench.population import production
from bench.servers import Running, free_port, running

_OIDC_PROVIDER = "9.13.3"
_CANAILLE = "0.3.6"
_CANAILLE_NEEDS = f"canaille[oidc,front,server,sqlite]=={_CANAILLE}"
_CLIENT = {"client_id": "bench", "client_secret": "secret-secret-secret-secret"}
_BASIC = {"Authorization": "Basic " + b64encode(":".join(_CLIENT.values()).encode()).decode()}
_GRANT = {"grant_type": "client_credentials"}
_ROUNDS = 3


@contextmanager
def _oidc_provider() -> Iterator[Running]:
    script = Path(__file__).with_name("oidc_provider.mjs")
    home = npm_package("oidc-provider", _OIDC_PROVIDER)
    with TemporaryDirectory() as folder:
        port = free_port()
        command = [shutil.which("node") or "node", str(script), str(home), str(port), *_CLIENT.values()]
        with running(command, Path(folder), port) as server:
            yield server


@contextmanager
def _canaille() -> Iterator[Running]:
    tool = python_tool("canaille", _CANAILLE_NEEDS, "canaille")
    with TemporaryDirectory() as scratch:
        folder, port = Path(scratch), free_port()
        key = subprocess.run(
            [tool, "jwk", "create", "rsa"], capture_output=True, text=True, check=True
        ).stdout
        members = ", ".join(f"{name} = {json.dumps(value)}" for name, value in json.loads(key).items())
        config = folder / "canaille.toml"
        config.write_text(
            f'SECRET_KEY = "bench"\nSERVER_NAME = "127.0.0.1:{port}"\nPREFERRED_URL_SCHEME = "http"\n'
            '[CANAILLE]\nDATABASE = "sql"\n'
            f'[CANAILLE_SQL]\nDATABASE_URI = "sqlite:///{folder / "canaille.db"}"\n'
            f"[CANAILLE_OIDC]\nACTIVE_JWKS = [{{ {members} }}]\n"
        )
        environment = {"CANAILLE_CONFIG": str(config)}
        options = ["--client-id", _CLIENT["client_id"], "--client-secret", _CLIENT["client_secret"]]
        options += ["--grant-types", "client_credentials", "--scope", "openid", "--client-name", "bench"]
        options += ["--token-endpoint-auth-method", "client_secret_basic"]
        for command in (["install"], ["create", "client", *options]):
            subprocess.run([tool, *command], env=environment, capture_output=True, check=True)
        serve = [tool, "run", "--bind", f"127.0.0.1:{port}"]
        with running(serve, folder, port, environment=environment) as server:
            yield server


def main() -> None:
    """Measure all, one after the other and again; print the table."""
    with production(users=1) as made, _oidc_provider() as provider, _canaille() as canaille:
        made.idp.create_user_pool_domain(UserPoolId=made.pool_id, Domain="bench")
        peers = {
            "Poolhouse": (made.server, "/oauth2/token", machine(made), {}),
            f"oidc-provider {_OIDC_PROVIDER}": (
                provider,
                "/token",
                [_GRANT | _CLIENT | {"scope": "api/read"}],
                {},
            ),
            f"canaille {_CANAILLE}": (canaille, "/oauth/token", [_GRANT | {"scope": "openid"}], _BASIC),
        }
        runs = [[_drive(*peer) for peer in peers.values()] for _ in range(_ROUNDS)]
    print("| client_credentials | tokens/s | p99 | CPU |\n|---|---:|---:|---:|")
    for name, seen in zip(peers, zip(*runs, strict=True), strict=True):
        rate, p99, cpu = (
            statistics.median(getattr(run, what) for run in seen)
            for what in ("per_second", "p99_ms", "cpu_us")
        )
        print(f"| {name} | {rate:,.0f} | {p99:,.1f} ms | {cpu:,.0f} µs |")


def _drive(server: Running, path: str, forms: list[dict[str, str]], headers: dict[str, str]) -> Seen:
    seen = drive_forms(server, path, forms, callers=8, seconds=3, headers=headers)
    if seen.errors:
        raise RuntimeError(f"{seen.errors} requests were refused")
    return seen


if __name__ == "__main__":
    main()
