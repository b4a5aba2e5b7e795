"""Routing to pages, and what every page's answer carries."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from poolhouse.flows.call import Services
from poolhouse.flows.looks import ASSETS
from poolhouse.pages import assets, confirm_user, dev_outbox
from poolhouse.pages.mounts import DEV, PUBLIC

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = Callable[..., Response]
"""(services, request, what the rule finds in the path) → the answer."""

_RULES = {
    PUBLIC: [Rule(PUBLIC, endpoint=confirm_user.show, methods=["GET"])],
    ASSETS: [
        Rule(f"{ASSETS}/<name>", endpoint=assets.show, methods=["GET"]),
        Rule(f"{ASSETS}/<pool_id>/<owner>/<name>", endpoint=assets.show_image, methods=["GET"]),
    ],
    DEV: [
        Rule(f"{DEV}/outbox", endpoint=dev_outbox.index, methods=["GET"]),
        Rule(f"{DEV}/outbox.json", endpoint=dev_outbox.as_json, methods=["GET"]),
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
        request = Request(environ)
        response: Response | HTTPException
        try:
            view, found = urls.bind_to_environ(environ).match()
            response = view(services, request, **found)
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    return answer
