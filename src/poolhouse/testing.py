"""Poolhouse for test suites: a server with a throw-away data folder, and what tests ask of it.

With pytest nothing needs to be set up: the package brings the fixture `poolhouse` (`pytest_plugin.py`). Other
test runners use `serving`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

_SECONDS = 60.0
_REGION = "us-east-1"
_KEY = "local"
_FIRST_LINE = "listens on "
_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


class TestingError(Exception):
    """The server did not start, or refused what was asked of it; the message is its own."""

    __test__ = False


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: its base, without a slash at its end.
    """

    url: str

    def client(self) -> Any:
        """Return a botocore client for `cognito-idp`; it takes parameters as boto3's does."""
        from botocore.session import Session  # noqa: PLC0415 (slow; not every suite is in need of one)

        return Session().create_client(
            "cognito-idp",
            region_name=_REGION,
            endpoint_url=self.url,
            aws_access_key_id=_KEY,
            aws_secret_access_key=_KEY,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which programs under test find the server: the AWS SDKs and the AWS CLI read them."""
        return {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.url,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _KEY,
        }

    def pool(self, *, client: dict[str, Any] | None = None, **pool: Any) -> "Pool":
        """Create a user pool with an app client.

        Args:
            client: members of CreateUserPoolClient; all ways to sign in with a password by default.
            pool: members of CreateUserPool; e-mail addresses are verified by themselves unless they say so.
        """
        idp = self.client()
        named = {"PoolName": "test", "AutoVerifiedAttributes": ["email"], **pool}
        pool_id = idp.create_user_pool(**named)["UserPool"]["Id"]
        asked = {"ClientName": "test", "ExplicitAuthFlows": _FLOWS, **(client or {})}
        made = idp.create_user_pool_client(UserPoolId=pool_id, **asked)["UserPoolClient"]
        return Pool(self.url, pool_id, made["ClientId"], idp)

    def now(self) -> float:
        """Return the server's time, in seconds since the epoch."""
        return float(self._ask("clock")["now"])

    def advance(self, seconds: float) -> None:
        """Set the server's clock forward: codes, sessions and tokens expire without waiting."""
        self._ask("clock", {"advance": seconds})

    def code(self, to: str) -> str:
        """Return the code in the newest message to an e-mail address or phone number that has one."""
        return str(self._ask(f"code?to={quote(to)}")["code"])

    def messages(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return messages, the newest first: all, or those to one address or number."""
        found: list[dict[str, Any]] = self._ask("outbox.json" + (f"?to={quote(to)}" if to else ""))[
            "messages"
        ]
        return found

    def snapshot(self) -> str:
        """Keep all that the server holds; return the snapshot's id."""
        return str(self._ask("snapshot", {})["snapshot"])

    def reset(self, snapshot: str | None = None) -> None:
        """Go back to a snapshot, or to an empty server."""
        self._ask("reset", {"snapshot": snapshot} if snapshot else {})

    def fail_next(self, what: str, times: int = 1) -> None:
        """Have the next deliveries (`delivery`) or calls of triggers (`trigger`) fail."""
        self._ask("fail", {"next": what, "times": times})

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the development server.

        Raises:
            TestingError: it refuses.
        """
        content = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/_poolhouse/{path}", content)  # noqa: S310 (the server's own URL)
        try:
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                answered: dict[str, Any] = json.load(answer)
                return answered
        except HTTPError as error:
            raise TestingError(f"{path}: {error.read().decode(errors='replace')}") from error


@dataclass(frozen=True)
class Pool(Server):
    """A pool of a running server.

    Attributes:
        idp: a botocore client.
    """

    pool_id: str
    client_id: str
    idp: Any

    @property
    def issuer(self) -> str:
        """The issuer in the pool's tokens."""
        return f"{self.url}/{self.pool_id}"


@contextmanager
def serving() -> Iterator[Server]:
    """Run `poolhouse serve --dev` on a free port, with a data folder that is gone afterwards.

    Raises:
        TestingError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="poolhouse-") as folder, tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "poolhouse", "serve", "--dev", "--port", "0", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None  # noqa: S101 (asked for above)
            first = process.stdout.readline()
            if _FIRST_LINE not in first:
                process.wait(_SECONDS)
                log.seek(0)
                raise TestingError(f"the server did not start: {first}{log.read()}")
            yield Server(_loopback(first.partition(_FIRST_LINE)[2].strip()))
        finally:
            process.terminate()
            process.communicate(timeout=_SECONDS)


def _loopback(url: str) -> str:
    """Return the server's URL as its tokens have it."""
    return f"http://localhost:{urlsplit(url).port}"
