"""A visit: one request of a browser to the pages of a pool, and what every such page has in common.

The pool is the app client's; what the client asks for is in the query, which each page hands on to the next.
A browser cannot prove a client's secret and is not asked to; and what the API lets a client decide (whether
a password may come plainly, whether one hears who exists) the pages decide themselves.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Request, Response

from poolhouse.access.caller import Anonymous
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.flows import hosts, regions
from poolhouse.flows.addresses import client_ip
from poolhouse.flows.attempt import Attempt
from poolhouse.flows.call import Call, PublicCall, Services
from poolhouse.pages import errors, forgery
from poolhouse.pages.language import COOKIE as LANGUAGE_COOKIE
from poolhouse.pages.language import N_, PARAMETER, Language, chosen, closest
from poolhouse.pages.looks import Look, look_of
from poolhouse.pages.render import page

SESSION_COOKIE = "cognito"
UNAVAILABLE = N_("Login pages unavailable. Please contact an administrator.")
NO_CLIENT = N_("The application that sent you here is not known. Go back to it, and try again.")
_NO_DOMAIN = N_("The user pool has no domain. Create one with CreateUserPoolDomain.")
_BROWSER_FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH")
_EVERYWHERE = frozenset({"/error", "/login", "/logout", "/mfa", "/mfaOption", "/oauth2/authorize"})
"""Pages that sign in and out. The others make users, or change them, which replicas do not."""
_YEAR = 365 * 86400
_LONGEST_ID = 128
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Refused(Exception):  # noqa: N818 (it says what becomes of the visit)
    """A visit that ends on a page of its own: nothing is sent back to the application.

    Attributes:
        text: for the visitor, marked for translation.
        status: HTTP status.
    """

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class SentOn(Exception):  # noqa: N818
    """A visit that ends elsewhere.

    Attributes:
        location: where.
    """

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to the pages of a known client.

    Attributes:
        client: as browsers meet it: without a secret, and with the flows of the pages.
        registered: as stored.
        form: what was posted, once that is known to come from a page of ours.
        token: of the page that posts it, else of the page that is drawn.
    """

    services: Services
    request: Request
    call: PublicCall
    pool: Pool
    registered: Client
    client: Client
    look: Look
    spoken: Language
    token: forgery.Token
    form: "dict[str, str]" = field(default_factory=dict)

    @property
    def attempt(self) -> Attempt:
        """A step of a sign-in at the pages."""
        return Attempt(self.call, self.pool, self.client, wants_tokens=False)

    @property
    def session_cookie(self) -> str:
        """The cookie of the browser's session, or ""."""
        return self.request.cookies.get(_cookie_name(self), "")

    def to(self, path: str) -> str:
        """Return the address of another page for the same request of the application."""
        pairs = [(name, value) for name, values in self.request.args.lists() for value in values]
        return f"{path}?{urlencode(pairs, quote_via=quote)}"

    def say(self, text: str) -> str:
        """Return a marked text in the visitor's language."""
        return self.spoken.say(text)

    def page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page with the token for its forms, and the cookie that goes with it.

        Args:
            name: a template of `managed/`.
            status: HTTP status.
            values: what it shows.
        """
        token = forgery.draw(self.services, self.request)
        response = page(
            f"managed/{name}",
            self.services.entropy,
            status=status,
            spoken=self.spoken,
            look=self.look,
            posts_to=_targets(self.request.args.get("redirect_uri", "")),
            csrf=token.text,
            to=self.to,
            **values,
        )
        self._set(response, forgery.COOKIE, token.text)
        if tag := closest(self.request.args.get(PARAMETER, "")):
            self._set(response, LANGUAGE_COOKIE, tag, max_age=_YEAR)
        return response

    def problem(self, text: str, status: int) -> Response:
        """Return a page that says why there is nothing to do; the text is marked for translation."""
        return errors.problem(self.services, self.request, text, status=status, look=self.look)

    def signed_in(self, response: Response, cookie: str, expires: float) -> Response:
        """Put the cookie of a session into an answer."""
        left = int(expires - self.call.clock.now())
        self._set(response, _cookie_name(self), cookie, max_age=left)
        return response

    def signed_out(self, response: Response) -> Response:
        """Take the cookie of the session away."""
        self._set(response, _cookie_name(self), "", max_age=0)
        return response

    def _set(self, response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        secure = is_secure(self.services, self.request)
        response.set_cookie(
            name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax"
        )


def call_of(services: Services, request: Request) -> PublicCall:
    """Return the call that a browser's request is: nobody's, from its address."""
    return Call(
        Anonymous(),
        services,
        client_ip=client_ip(request.environ, trust_forwarded=services.settings.server.trust_forwarded),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=services.entropy.uuid(),
        region=regions.of_request(services.settings, request.environ),
    )


def arrive(services: Services, request: Request) -> Visit:
    """Return the visit that a request is.

    Raises:
        Refused: it names no client, or an unknown one, or one without pages; or it posts what no page of ours
            has asked for.
    """
    call, given = call_of(services, request), request.args.getlist("client_id")
    client = call.config.client(given[0]) if len(given) == 1 and _may_be_id(given[0]) else None
    pool = call.config.pool(client.pool_id) if client else None
    if client is None or pool is None:
        raise Refused(NO_CLIENT)
    if not pool.domains:
        raise Refused(_NO_DOMAIN)
    if not hosts.serves(call, request.host, pool):
        raise Refused(NO_CLIENT)
    if regions.is_secondary(services.settings, call.region, pool) and request.path not in _EVERYWHERE:
        raise Refused(UNAVAILABLE, 403)
    look = look_of(services, pool, client)
    if not look.available:
        raise Refused(UNAVAILABLE, 403)
    posted = request.method == "POST"
    token = forgery.check(services, request) if posted else forgery.draw(services, request)
    return Visit(
        services=services,
        request=request,
        call=call,
        pool=pool,
        registered=client,
        client=_as_browsers_meet(client),
        look=look,
        spoken=chosen(request),
        token=token,
        form={name: _text(value) for name, value in request.form.items()} if posted else {},
    )


def is_secure(services: Services, request: Request) -> bool:
    """Tell whether a browser came by TLS: to this server, or to a proxy of ours in front."""
    if services.settings.server.trust_forwarded:
        forwarded = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded == "https"
    return request.scheme == "https"


def _as_browsers_meet(client: Client) -> Client:
    config = {
        **client.config,
        "ExplicitAuthFlows": _BROWSER_FLOWS,
        "PreventUserExistenceErrors": "ENABLED",
    }
    return replace(client, secrets=(), config=config)


def _text(value: str) -> str:
    """Return what was typed as text that any store can hold."""
    return value.replace("\0", "\ufffd")


def _may_be_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


def _cookie_name(visit: Visit) -> str:
    secure = is_secure(visit.services, visit.request)
    return f"__Host-{SESSION_COOKIE}" if secure else SESSION_COOKIE


def _targets(redirect_uri: str) -> str:
    """Return where forms may lead, as CSP sources: here, and by redirection back to the application.

    Browsers hold redirections to it as well, those of the application's own included; so it is the scheme
    that is let through, no more and no less.
    """
    scheme = _SCHEME.match(redirect_uri)
    return f"'self' {scheme[0]}" if scheme else "'self'"
