"""The edge behind a real HTTP server on loopback, with a handful of operations that do as a test says."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.serving import make_server

from poolhouse import observe
from poolhouse.access.caller import IamCaller, UserCaller
from poolhouse.edge.aws_json import TARGET, Api
from poolhouse.edge.health import Health
from poolhouse.edge.limits import RateLimits
from poolhouse.edge.wsgi import Edge
from poolhouse.errors import (
    AccessDeniedException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    NotAuthorizedException,
)
from poolhouse.operations import registry
from poolhouse.settings import Server, Settings
from poolhouse.wire import shapes
from poolhouse.world import SystemEntropy

POOL = "us-east-1_abcdefghi"
TOKEN = "good.token"
JSON_TYPE = "application/x-amz-json-1.1"


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A running server, what it wrote, and what its operations are to do."""

    port: int
    requests: observe.Requests | None = None
    written: list[bytes] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    calls: list[tuple[Any, Any]] = field(default_factory=list)
    does: Any = None
    store: Any = None

    def access_lines(self) -> list[Any]:
        """Return what was written to the access log so far."""
        self.requests.flush()
        return [json.loads(line) for line in b"".join(self.written).splitlines()]

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def call(self, operation: str, body: Any = None, headers: Mapping[str, str] = {}) -> Reply:
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        usual = {"X-Amz-Target": TARGET + operation, "Content-Type": JSON_TYPE}
        return self.send("POST", "/", raw, {**usual, **headers})


def returning(value: Any) -> Any:
    return lambda _call, _request: value


class StoppedClock:
    def now(self) -> float:
        return 1_700_000_000.5


@pytest.fixture
def server_settings() -> Server:
    return Server(body_limit=4096)


@pytest.fixture
def limits() -> RateLimits | None:
    return None


@pytest.fixture
def site(monkeypatch, server_settings, limits) -> Iterator[Site]:
    site = Site(0)
    observe.configure(["AccessToken"], site.log.append)

    def handler(call, request):
        site.calls.append((call, request))
        return site.does(call, request) if site.does else None

    for name in ("GetUser", "SignUp", "ListUsers", "TagResource", "DeleteUser", "VerifySoftwareToken"):
        monkeypatch.setitem(registry.HANDLERS, name, handler)
    monkeypatch.delitem(registry.HANDLERS, "CreateGroup", raising=False)
    api = Api(
        SimpleNamespace(settings=Settings()),
        access_token=_check_token,
        signature=_check_signature,
        limits=limits,
        strict=True,
    )
    site.requests = requests = observe.Requests(site.written.append)
    edge = Edge(
        api,
        health=Health(lambda: site.store and site.store(), requests),
        discovery=lambda pool, document: {"document": document} if pool == POOL else None,
        requests=requests,
        clock=StoppedClock(),
        entropy=SystemEntropy(),
        server=server_settings,
        mounts={"/confirmUser": _page, "/broken": _broken_page},
    )
    server = make_server("127.0.0.1", 0, edge, threaded=True)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        requests.close()


def _check_token(token: str) -> UserCaller:
    if token != TOKEN:
        raise NotAuthorizedException("Invalid Access Token")
    return UserCaller(SimpleNamespace(id=POOL), SimpleNamespace(), SimpleNamespace(), {})


def _check_signature(environ, body, operation, pool) -> IamCaller:
    authorization = environ.get("HTTP_AUTHORIZATION")
    if authorization is None:
        raise MissingAuthenticationTokenException("Missing Authentication Token")
    if authorization == "wrong":
        raise InvalidSignatureException("The request signature we calculated does not match")
    if authorization != f"for {pool}":
        raise AccessDeniedException(f"not authorized to perform: cognito-idp:{operation} on {pool}")
    return IamCaller("key", "arn")


def _page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [environ["PATH_INFO"].encode()]


def _broken_page(environ, start_response):
    raise RuntimeError("secret detail")


@pytest.fixture
def user() -> shapes.GetUserResponse:
    return shapes.GetUserResponse(Username="ann", UserAttributes=[])
