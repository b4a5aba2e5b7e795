"""Routing to pages, and what every page's answer carries."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from poolhouse.errors import ServiceError
from poolhouse.flows.call import Services
from poolhouse.flows.looks import ASSETS
from poolhouse.pages import (
    assets,
    authorize,
    confirm_user,
    dev_hooks,
    dev_outbox,
    errors,
    forgery,
    passkeys,
    recovery,
    sign_in,
    sign_out,
    sign_up,
)
from poolhouse.pages.language import N_
from poolhouse.pages.mounts import DEV, PUBLIC
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


def _hosted(view: Callable[[Visit], Response]) -> View:
    """Return the view of a page that belongs to an app client."""

    def show(services: Services, request: Request) -> Response:
        visit = None
        try:
            visit = arrive(services, request)
            return view(visit)
        except Refused as refused:
            text, status = refused.text, refused.status
        except SentOn as sent:
            return redirection(sent.location)
        except forgery.Forged:
            text, status = _FORGED, 403
        except forgery.Outdated:
            text, status = _OUTDATED, 400
        except StaleRow:
            text, status = BUSY, 503
        except ServiceError as error:
            text, status = sentence(error), 400
        if visit:
            return visit.problem(text, status)
        return errors.problem(services, request, text, status=status)

    return show


_HOSTED: Mapping[str, tuple[Callable[[Visit], Response], tuple[str, ...]]] = {
    "/oauth2/authorize": (authorize.authorize, ("GET",)),
    "/login": (sign_in.login, ("GET", "POST")),
    "/mfa": (sign_in.answer, ("GET", "POST")),
    "/mfaOption": (sign_in.answer, ("GET", "POST")),
    "/resetPassword": (sign_in.answer, ("GET", "POST")),
    "/logout": (sign_out.logout, ("GET",)),
    "/passkeys/add": (passkeys.add, ("GET", "POST")),
    "/signup": (sign_up.sign_up, ("GET", "POST")),
    "/confirm": (sign_up.confirm, ("GET", "POST")),
    "/resendcode": (sign_up.resend, ("GET", "POST")),
    "/forgotPassword": (recovery.forgot, ("GET", "POST")),
    "/confirmforgotPassword": (recovery.reset, ("GET", "POST")),
}

_RULES = {
    **{
        path: [Rule(path, endpoint=_hosted(view), methods=methods)]
        for path, (view, methods) in _HOSTED.items()
    },
    "/error": [Rule("/error", endpoint=errors.show, methods=["GET"])],
    PUBLIC: [Rule(PUBLIC, endpoint=confirm_user.show, methods=["GET"])],
    ASSETS: [
        Rule(f"{ASSETS}/<name>", endpoint=assets.show, methods=["GET"]),
        Rule(f"{ASSETS}/<pool_id>/<owner>/<name>", endpoint=assets.show_image, methods=["GET"]),
    ],
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


def applications(services: Services) -> "Mapping[str, WSGIApplication]":
    """Return path prefix → application, for all pages that there are."""
    return {prefix: _application(services, rules) for prefix, rules in _RULES.items()}


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
