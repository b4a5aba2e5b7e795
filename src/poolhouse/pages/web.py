"""Routing to pages, and what every page's answer carries."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from poolhouse.errors import ServiceError, TooManyRequestsException
from poolhouse.flows.call import Services
from poolhouse.flows.looks import ASSETS
from poolhouse.pages import (
    assets,
    authorize,
    confirm_user,
    dev_hooks,
    dev_outbox,
    errors,
    feedback,
    forgery,
    import_upload,
    passkeys,
    recovery,
    sign_in,
    sign_out,
    sign_up,
)
from poolhouse.pages.language import N_
from poolhouse.pages.mounts import DEV, FEEDBACK, IMPORTS, PUBLIC, Limit
from poolhouse.pages.problems import BUSY, sentence
from poolhouse.pages.render import redirection
from poolhouse.pages.visit import Refused, SentOn, Visit, arrive, is_secure
from poolhouse.store import StaleRow

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = Callable[..., Response]
"""(services, request, what the rule finds in the path) → the answer."""

_FORM_BYTES = 65_536
_FORGED = N_("This form did not come from this page. Please go back, load the page again, and try again.")
_OUTDATED = N_("Something went wrong. The page was open for too long. Please start again.")
_YEAR = 365 * 86400


class _Request(Request):
    """A request whose form is of a reasonable size."""

    max_content_length = _FORM_BYTES
    max_form_memory_size = _FORM_BYTES


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that belongs to an app client.

    Attributes:
        posts: the operation that its form does, for the rates of requests; "" for a page without forms.
    """

    view: Callable[[Visit], Response]
    posts: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """What the page answers to."""
        return ("GET", "POST") if self.posts else ("GET",)


_HOSTED: Mapping[str, _Page] = {
    "/oauth2/authorize": _Page(authorize.authorize),
    "/login": _Page(sign_in.login, "InitiateAuth"),
    "/mfa": _Page(sign_in.answer, "RespondToAuthChallenge"),
    "/mfaOption": _Page(sign_in.answer, "RespondToAuthChallenge"),
    "/resetPassword": _Page(sign_in.answer, "RespondToAuthChallenge"),
    "/logout": _Page(sign_out.logout),
    "/passkeys/add": _Page(passkeys.add, "CompleteWebAuthnRegistration"),
    "/signup": _Page(sign_up.sign_up, "SignUp"),
    "/confirm": _Page(sign_up.confirm, "ConfirmSignUp"),
    "/resendcode": _Page(sign_up.resend, "ResendConfirmationCode"),
    "/forgotPassword": _Page(recovery.forgot, "ForgotPassword"),
    "/confirmforgotPassword": _Page(recovery.reset, "ConfirmForgotPassword"),
}


def _hosted(page: _Page, limit: Limit | None) -> View:
    """Return the view of a page that belongs to an app client."""

    def show(services: Services, request: Request) -> Response:
        visit = None
        try:
            if limit and request.method == "POST":
                limit(page.posts)
            visit = arrive(services, request)
            return page.view(visit)
        except SentOn as sent:
            return redirection(sent.location)
        except (Refused, forgery.Forged, forgery.Outdated, StaleRow, ServiceError) as error:
            text, status = _told(error)
        if visit:
            return visit.problem(text, status)
        return errors.problem(services, request, text, status=status)

    return show


def _told(error: Exception) -> tuple[str, int]:
    """Return what a visitor is told of an error that no page takes care of, and the status."""
    match error:
        case Refused():
            return error.text, error.status
        case forgery.Forged():
            return _FORGED, 403
        case forgery.Outdated():
            return _OUTDATED, 400
        case StaleRow():
            return BUSY, 503
        case TooManyRequestsException():
            return BUSY, 429
        case ServiceError():
            return sentence(error), 400
    raise error


_RULES = {
    "/error": [Rule("/error", endpoint=errors.show, methods=["GET"])],
    FEEDBACK: [Rule(FEEDBACK, endpoint=feedback.show, methods=["GET", "POST"])],
    PUBLIC: [Rule(PUBLIC, endpoint=confirm_user.show, methods=["GET"])],
    ASSETS: [
        Rule(f"{ASSETS}/<name>", endpoint=assets.show, methods=["GET"]),
        Rule(f"{ASSETS}/<pool_id>/<owner>/<name>", endpoint=assets.show_image, methods=["GET"]),
    ],
    IMPORTS: [Rule(f"{IMPORTS}/<pool_id>/<job_id>.csv", endpoint=import_upload.put, methods=["PUT"])],
    DEV: [
        Rule(f"{DEV}/outbox", endpoint=dev_outbox.index, methods=["GET"]),
        Rule(f"{DEV}/outbox.json", endpoint=dev_outbox.as_json, methods=["GET"]),
        Rule(f"{DEV}/clock", endpoint=dev_hooks.clock, methods=["GET", "POST"]),
        Rule(f"{DEV}/code", endpoint=dev_hooks.code, methods=["GET"]),
        Rule(f"{DEV}/snapshot", endpoint=dev_hooks.snapshot, methods=["POST"]),
        Rule(f"{DEV}/reset", endpoint=dev_hooks.reset, methods=["POST"]),
        Rule(f"{DEV}/fail", endpoint=dev_hooks.fail, methods=["POST"]),
        Rule(f"{DEV}/outbox/<message_id>", endpoint=dev_outbox.message, methods=["GET"]),
        Rule(f"{DEV}/outbox/<message_id>/html", endpoint=dev_outbox.html, methods=["GET"]),
    ],
}


def applications(services: Services, limit: Limit | None) -> "Mapping[str, WSGIApplication]":
    """Return path prefix → application, for all pages that there are.

    Args:
        services: the process's.
        limit: as `mounts.mounts` takes it.
    """
    hosted = {
        path: [Rule(path, endpoint=_hosted(page, limit), methods=page.methods)]
        for path, page in _HOSTED.items()
    }
    return {prefix: _application(services, rules) for prefix, rules in {**hosted, **_RULES}.items()}


def _application(services: Services, rules: list[Rule]) -> "WSGIApplication":
    urls = Map([rule.empty() for rule in rules], strict_slashes=False)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = _Request(environ)
        response: Response | HTTPException
        try:
            view, found = urls.bind_to_environ(environ).match()
            response = view(services, request, **found)
        except HTTPException as error:
            response = error
        if is_secure(services, request):
            response = response.get_response(environ) if isinstance(response, HTTPException) else response
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        return response(environ, start_response)

    return answer
