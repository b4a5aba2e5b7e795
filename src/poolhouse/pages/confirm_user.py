"""The page behind a confirmation link: `GET /confirmUser` (digest «users» §4.4).

It confirms on GET, as the service does. Mail scanners that follow links therefore confirm too: the link
proves that the mail arrived, not that a person read it. HEAD changes nothing.
"""

from werkzeug.wrappers import Request, Response

from poolhouse.domain import lockout
from poolhouse.errors import (
    AliasExistsException,
    InvalidLambdaResponseException,
    LimitExceededException,
    NotAuthorizedException,
    ServiceError,
    TooManyRequestsException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.flows import sign_up
from poolhouse.flows.call import Services
from poolhouse.flows.lookup import require_client
from poolhouse.pages.errors import look_for
from poolhouse.pages.language import N_, chosen
from poolhouse.pages.render import page
from poolhouse.pages.visit import call_of

_USELESS = N_(
    "This link is not valid, has been used already, or has expired. If you have confirmed your account "
    "before, you can sign in."
)
_BUSY = N_("There were too many attempts. Please try again later.")
_TAKEN = N_("Another account uses this address already.")
_DONE = N_("Your account is confirmed. You can sign in now.")


def show(services: Services, request: Request) -> Response:
    """Confirm the sign-up, and say so."""
    spoken = chosen(request)
    if request.method == "HEAD":
        return page("confirm_user.html", services.entropy, spoken=spoken, confirmed=False, text="")
    problem = _confirm(services, request)
    return page(
        "confirm_user.html",
        services.entropy,
        look=look_for(services, request),
        status=400 if problem else 200,
        spoken=spoken,
        confirmed=not problem,
        text=spoken.say(problem or _DONE),
    )


def _confirm(services: Services, request: Request) -> str:
    """Return what went wrong, or "". Nothing tells who exists: all useless links read the same."""
    names = ("client_id", "user_name", "confirmation_code")
    client_id, username, code = (request.args.get(name, "") for name in names)
    if not (client_id + username + code).isprintable():  # no name holds such characters, nor may any store
        return _USELESS
    call = call_of(services, request)
    try:
        pool, client = require_client(call, client_id)
        sign_up.confirm(call, pool, client, username, code)
    except ServiceError as error:
        return _text(error)
    return ""


def _text(error: ServiceError) -> str:
    match error:
        case LimitExceededException() | TooManyRequestsException():
            return _BUSY
        case NotAuthorizedException(message=lockout.EXCEEDED):
            return _BUSY
        case AliasExistsException():
            return _TAKEN
        case UserLambdaValidationException() | UnexpectedLambdaException() | InvalidLambdaResponseException():
            return error.message
    return _USELESS
