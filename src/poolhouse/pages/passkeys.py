"""`/passkeys/add`: whoever is signed in makes a passkey (digest «sign-in» §4.5, §5.1).

Who is not signs in first, and comes back: `then=passkey` in the query of the pages says so.
"""

import json

from werkzeug.wrappers import Response

from poolhouse.access.caller import UserCaller
from poolhouse.domain import passkeys as rules
from poolhouse.domain import redirects
from poolhouse.errors import InvalidParameterException, ServiceError
from poolhouse.flows import browser_session, passkeys
from poolhouse.flows.browser_session import Reused
from poolhouse.flows.call import Call, UserCall
from poolhouse.pages import asking
from poolhouse.pages.language import N_
from poolhouse.pages.looks import MANAGED
from poolhouse.pages.problems import sentence
from poolhouse.pages.render import redirection
from poolhouse.pages.visit import Refused, Visit

_NONE_HERE = N_("Passkeys are not in use here.")
_NOT_MADE = N_("The passkey could not be added. Please try again.")


def add(visit: Visit) -> Response:
    """Show the page that makes a passkey, or store the one that was made; then go back to the application."""
    for check in (asking.one_redirect_uri, asking.registered_redirect_uri, asking.oauth_enabled):
        check(visit)
    if visit.look.version != MANAGED or not rules.allowed(visit.pool):
        raise Refused(_NONE_HERE)
    reused = browser_session.reuse(visit.call, visit.pool, visit.registered, visit.session_cookie)
    if reused is None:
        return redirection(_sign_in_first(visit))
    call = _as_user(visit, reused)
    if visit.request.method != "POST":
        return _show(visit, call)
    try:
        passkeys.complete_registration(call, json.loads(visit.form.get("credential", "")))
    except ServiceError as error:
        told = _NOT_MADE if isinstance(error, InvalidParameterException) else sentence(error)
        return _show(visit, call, told)
    except ValueError:
        return _show(visit, call, _NOT_MADE)
    return redirection(visit.request.args["redirect_uri"])


def _show(visit: Visit, call: UserCall, problem: str = "") -> Response:
    user = call.caller.user
    return visit.page(
        "add_passkey.html",
        problem=visit.say(problem),
        options=json.dumps(passkeys.begin_registration(call)),
        username=user.attributes.get("email") or user.username,
        back=visit.request.args["redirect_uri"],
    )


def _as_user(visit: Visit, reused: Reused) -> UserCall:
    """Return the request as one of the user who is signed in in this browser."""
    return Call(
        UserCaller(visit.pool, visit.registered, reused.user, {}),
        visit.services,
        client_ip=visit.call.client_ip,
        user_agent=visit.call.user_agent,
        request_id=visit.call.request_id,
        region=visit.call.region,
    )


def _sign_in_first(visit: Visit) -> str:
    response_type = asking.CODE if visit.registered.may_use("code") else asking.TOKEN
    query = {"client_id": visit.registered.id, "redirect_uri": visit.request.args["redirect_uri"]}
    return redirects.with_query("/login", {**query, "response_type": response_type, "then": "passkey"})
