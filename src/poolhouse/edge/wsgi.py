"""The WSGI callable: one request, from its method and path to its answer.

    POST /                                  the API
    OPTIONS anything                        CORS preflight
    GET /healthz /readyz /metrics           health
    GET /<pool>/.well-known/jwks.json       keys, and openid-configuration beside them
    /prefix…                                the WSGI applications that `mounts` names

Every answer has a request id, and all but the pages have the CORS headers, errors too (digest «sign-in» §1.2,
§1.6).
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec

from poolhouse.edge.aws_json import TARGET, Answer, Api
from poolhouse.edge.health import Health
from poolhouse.errors import ServiceError
from poolhouse.flows.addresses import client_ip
from poolhouse.oauth.endpoint import REQUEST_ID
from poolhouse.observe import Log, Requests
from poolhouse.settings import Server
from poolhouse.wire.body import read
from poolhouse.wire.protocol import encode_error
from poolhouse.world import Clock, Entropy, uuid4

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Discovery = Callable[[str, str], Mapping[str, Any] | None]
"""Pool id and document (`jwks.json` or `openid-configuration`) → the document; None if there is no pool."""

Headers = list[tuple[str, str]]

_CORS: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
]
_PREFLIGHT_SECONDS = "172800"
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}
_JSON = "application/json"
_DISCOVERY = re.compile(r"/([\w-]+_[0-9A-Za-z]+)/\.well-known/(jwks\.json|openid-configuration)")
_LONGEST_HEADER = 1024
_IDS_AT_ONCE = 256
# Images travel in these two (digest «sign-in» §5.11).
_LIMITS = {f"{TARGET}{verb}ManagedLoginBranding": 2 * 1024 * 1024 for verb in ("Create", "Update")}
_log = Log()


class Edge:
    """Poolhouse as a WSGI application."""

    def __init__(
        self,
        api: Api,
        *,
        health: Health,
        discovery: Discovery,
        requests: Requests,
        clock: Clock,
        entropy: Entropy,
        server: Server,
        mounts: "Mapping[str, WSGIApplication] | None" = None,
    ) -> None:
        """Put the parts together.

        Args:
            api: the operations.
            health: liveness, readiness, metrics.
            discovery: a pool's public documents.
            requests: counts and logs each request.
            clock: tells when.
            entropy: draws request ids.
            server: its body limit, and whether a proxy's X-Forwarded-For is to be trusted.
            mounts: path → application, for it and all below it: pages, and endpoints for token libraries.
        """
        self._api = api
        self._health = health
        self._discovery = discovery
        self._requests = requests
        self._clock = clock
        self._request_id = RequestIds(entropy)
        self._body_limit = server.body_limit
        self._trust_forwarded = server.trust_forwarded
        self._mounts = dict(mounts or {})

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        began = perf_counter()
        request_id = self._request_id()
        if environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO", "/") in {"/", ""}:
            return self._operation(environ, start_response, request_id, began)
        return self._elsewhere(environ, start_response, request_id, began)

    # --- the API --------------------------------------------------------------------------------------------

    def _operation(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", request_id: str, began: float
    ) -> Iterable[bytes]:
        try:
            body = read(environ, max(self._body_limit, _LIMITS.get(environ.get("HTTP_X_AMZ_TARGET", ""), 0)))
        except ServiceError as unread:
            answer = Answer(encode_error(unread), error=unread)
        else:
            answer = self._api.answer(
                environ, body, client_ip(environ, trust_forwarded=self._trust_forwarded), request_id
            )
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(answer.body))),
            ("x-amzn-RequestId", request_id),
            *_CORS,
        ]
        status, name = 200, ""
        error = answer.error
        if error is not None:
            status, name = error.status, type(error).__name__
            headers.append(("x-amzn-ErrorType", f"{name}:"))
            headers.append(("x-amzn-ErrorMessage", header_text(error.message)))
        start_response(_STATUS[status], headers)
        self._requests.done(
            at=self._clock.now(),
            operation=answer.operation,
            status=status,
            error=name,
            seconds=perf_counter() - began,
            request_id=request_id,
            pool=answer.pool,
        )
        return [answer.body]

    # --- everything else ------------------------------------------------------------------------------------

    def _elsewhere(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", request_id: str, began: float
    ) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        environ[REQUEST_ID] = request_id
        kind, application = self._route(method, path)
        # Pages are for people: no script of another origin may read them, the outbox of `--dev` least of all.
        # Endpoints of OAuth say for themselves who may.
        common = [("x-amzn-RequestId", request_id), *(() if kind in self._mounts else _CORS)]
        seen: list[int] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            seen[:] = [int(status[:3])]
            return start_response(status, [*headers, *common], exc_info)

        try:
            body = application(environ, start)
        except Exception:  # noqa: BLE001 - a bug, whatever it is, is answered without detail
            _log.exception("unhandled", path=path, request_id=request_id)
            body = _send(start, 500, _JSON, b'{"message":"Internal server error."}')
        status = seen[-1] if seen else 200
        self._requests.done(
            at=self._clock.now(),
            operation=f"{method if method in _METHODS else 'other'} {kind}",
            status=status,
            error="" if status < 400 else str(status),
            seconds=perf_counter() - began,
            request_id=request_id,
            pool="",
        )
        return body

    def _route(self, method: str, path: str) -> "tuple[str, WSGIApplication]":
        """Return the kind of path (never the path itself: metrics are counted by it), and who answers."""
        if method == "OPTIONS":
            return "preflight", _preflight
        if application := self._mounts.get(path):
            return path, application
        for prefix, application in self._mounts.items():
            if path.startswith(f"{prefix}/"):
                return prefix, application
        if page := self._health.pages.get(path):
            return path, _readable(page)
        if found := _DISCOVERY.fullmatch(path):
            pool, document = found.groups()
            return document, _readable(lambda: self._document(pool, document))
        return "elsewhere", _not_found

    def _document(self, pool: str, document: str) -> tuple[int, str, bytes]:
        content = self._discovery(pool, document)
        if content is None:
            return 404, _JSON, b'{"message":"User pool does not exist."}'
        return 200, _JSON, msgspec.json.encode(content)


class RequestIds:
    """Draws request ids, many at a time: a system call for each would make threads wait for one another."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._drawn: deque[str] = deque()

    def __call__(self) -> str:
        """Return an id that was not returned before."""
        try:
            return self._drawn.popleft()
        except IndexError:
            digits = self._entropy.bytes(16 * _IDS_AT_ONCE).hex()
            ids = [uuid4(digits[at : at + 32]) for at in range(0, len(digits), 32)]
            self._drawn.extend(ids[1:])
            return ids[0]


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})


def header_text(message: str) -> str:
    """Return a text as a header may carry it: printable ASCII, what is not escaped, and not too long."""
    if not (message.isascii() and message.isprintable()):
        message = re.sub(r"[^ -~]", lambda odd: odd[0].encode("unicode_escape").decode(), message)
    return message[:_LONGEST_HEADER]


def _send(start: "StartResponse", status: int, media_type: str, body: bytes) -> Iterable[bytes]:
    start(_STATUS[status], [("Content-Type", media_type), ("Content-Length", str(len(body)))])
    return [body]


def _readable(page: Callable[[], tuple[int, str, bytes]]) -> "WSGIApplication":
    """Return an application that answers GET and HEAD with a page."""

    def application(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return _send(start, 405, _JSON, b'{"message":"Method not allowed."}')
        body = _send(start, *page())
        return () if method == "HEAD" else body

    return application


def _preflight(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    """Allow what is asked for; `*` would not cover Authorization (digest «clients»)."""
    headers = [
        ("Access-Control-Allow-Methods", environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST")),
        ("Access-Control-Allow-Headers", environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")),
        ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
        ("Content-Length", "0"),
    ]
    start(_STATUS[200], headers)
    return ()


def _not_found(_environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    return _send(start, 404, _JSON, b'{"message":"Not found."}')
