"""What the OAuth endpoints have in common: from a request of HTTP to its parameters, from answers to HTTP.

Browsers may call them from anywhere (`*`): an answer hangs on what the request says, never on a cookie.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from poolhouse.access.caller import Anonymous
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.errors import SerializationException, ServiceError, TooManyRequestsException
from poolhouse.flows import regions
from poolhouse.flows.addresses import client_ip
from poolhouse.flows.call import Call, PublicCall, Services
from poolhouse.observe import Log
from poolhouse.store import StaleRow
from poolhouse.wire import body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUEST_ID = "poolhouse.request_id"
"""Where the request's environ has its id."""

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MOST_BYTES = 65_536
_MOST_PARAMETERS = 40
_HEADERS = [
    ("Content-Type", "application/json;charset=UTF-8"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "x-amz-cognito-request-id,WWW-Authenticate,Date"),
]
_STATUS = {
    200: "200 OK",
    201: "201 Created",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
}
_escapes_are_whole = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*+").fullmatch
_log = Log()


@dataclass(frozen=True, slots=True)
class Request:
    """A request to an endpoint.

    Attributes:
        method: `GET` or `POST`.
        host: the Host header.
        authorization: that header, or "".
        form: the parameters of the body that have a value.
        content: the body of an endpoint that takes JSON.
        below: what follows the endpoint's path and a slash, or "".
    """

    method: str
    host: str
    authorization: str
    form: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    below: str = ""

    def required(self, name: str) -> str:
        """Return a parameter.

        Raises:
            OAuthError: `invalid_request`: it is not there.
        """
        value = self.form.get(name)
        if value is None:
            raise OAuthError("invalid_request")
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        content: for JSON; None for an empty body.
    """

    content: Mapping[str, Any] | None = None
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


Refused = Callable[[OAuthError], Answer]
Limit = Callable[[str], None]
"""Counts a request of an operation, or raises TooManyRequestsException."""


def refused(error: OAuthError, status: int = 400) -> Answer:
    """Return the answer to what is refused (RFC 6749 §5.2)."""
    content = {"error": error.code}
    if error.description:
        content["error_description"] = error.description
    return Answer(content, status)


class Endpoint:
    """One endpoint, as a WSGI application."""

    def __init__(
        self,
        services: Services,
        path: str,
        answer: Callable[[PublicCall, Request], Answer],
        *,
        counts_as: Callable[[Request], str],
        limit: Limit | None,
        methods: tuple[str, ...] = ("POST",),
        refused: Refused = refused,
        takes_json: bool = False,
        below: bool = False,
    ) -> None:
        """Set it up.

        Args:
            services: what it may reach.
            path: where it is.
            answer: answers a request, or raises OAuthError or ServiceError.
            counts_as: names the API's operation that a request is like, for the rates of requests.
            limit: counts it; None where nothing is counted.
            methods: what it takes.
            refused: makes an answer of an OAuthError.
            takes_json: whether bodies are JSON, not forms.
            below: whether one segment below the path is there, too.
        """
        self._services = services
        self._path = path
        self._answer = answer
        self._counts_as = counts_as
        self._limit = limit
        self._methods = methods
        self._refused = refused
        self._takes_json = takes_json
        self._below = below

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; whatever happens, there is an answer."""
        answer = self._answered(environ)
        content = b"" if answer.content is None else msgspec.json.encode(answer.content)
        start_response(
            _STATUS[answer.status],
            [
                *_HEADERS,
                *answer.headers,
                ("x-amz-cognito-request-id", environ[REQUEST_ID]),
                ("Content-Length", str(len(content))),
            ],
        )
        return () if environ["REQUEST_METHOD"] == "HEAD" else (content,)

    def _answered(self, environ: "WSGIEnvironment") -> Answer:
        if self._part_below(environ) is None:
            return Answer({"error": "not_found"}, 404)
        if environ["REQUEST_METHOD"] not in self._methods:
            return Answer({"error": "invalid_request"}, 405, [("Allow", ", ".join(self._methods))])
        try:
            return self._checked(environ)
        except Exception:  # noqa: BLE001 - a bug, whatever it is, is answered without detail
            _log.exception("unhandled", path=self._path, request_id=environ[REQUEST_ID])
            return refused(OAuthError("server_error"), 500)

    def _part_below(self, environ: "WSGIEnvironment") -> str | None:
        """Return what follows the path, "" at the path itself; None where nothing is."""
        path: str = environ.get("PATH_INFO", "")
        if path == self._path:
            return ""
        below = path.removeprefix(f"{self._path}/") if self._below else ""
        return below if below and "/" not in below else None

    def _checked(self, environ: "WSGIEnvironment") -> Answer:
        services = self._services
        call = Call(
            Anonymous(),
            services,
            client_ip(environ, trust_forwarded=services.settings.server.trust_forwarded),
            environ.get("HTTP_USER_AGENT", ""),
            environ[REQUEST_ID],
            region=regions.of_request(services.settings, environ),
        )
        try:
            request = self._read(environ)
            if self._limit:
                self._limit(self._counts_as(request))
            return self._answer(call, request)
        except OAuthError as error:
            return self._refused(error)
        except SerializationException as error:  # the body
            return refused(OAuthError("invalid_request"), error.status)
        except (TooManyRequestsException, StaleRow):
            return refused(OAuthError("temporarily_unavailable"), 429)
        except ServiceError as error:  # a trigger's
            return self._refused(OAuthError("invalid_request", error.message))

    def _read(self, environ: "WSGIEnvironment") -> Request:
        method, host = environ["REQUEST_METHOD"], environ.get("HTTP_HOST", "")
        authorization, below = environ.get("HTTP_AUTHORIZATION", ""), self._part_below(environ) or ""
        if method != "POST":
            return Request(method, host, authorization, below=below)
        content = _content(environ, _JSON if self._takes_json else _FORM)
        if self._takes_json:
            return Request(method, host, authorization, content=content, below=below)
        return Request(method, host, authorization, parameters(content), below=below)


def _content(environ: "WSGIEnvironment", media_type: str) -> bytes:
    """Return the body.

    Raises:
        OAuthError: `invalid_request`: it is of another type.
        SerializationException: it is too large, or was broken off.
    """
    content = body.read(environ, _MOST_BYTES)
    if content and environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != media_type:
        raise OAuthError("invalid_request")
    return content


def bearer(request: Request) -> str:
    """Return the token of the Authorization header (RFC 6750 §2.1), or "" where it is empty.

    Raises:
        OAuthError: `invalid_request`: the header is of another scheme.
    """
    scheme, _, token = request.authorization.partition(" ")
    if request.authorization and scheme.lower() != "bearer":
        raise OAuthError("invalid_request")
    return token.strip()


def parameters(content: bytes) -> dict[str, str]:
    """Return the parameters of a form; one without a value is none (RFC 6749 §3.2).

    Args:
        content: of the type `application/x-www-form-urlencoded`.

    Raises:
        OAuthError: `invalid_request`: it is not, or a parameter comes twice.
    """
    try:
        if not _escapes_are_whole(content):
            raise OAuthError("invalid_request")
        pairs = parse_qsl(
            content.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:  # too many, or no UTF-8
        raise OAuthError("invalid_request") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request")
    return {name: value for name, value in form.items() if value}
