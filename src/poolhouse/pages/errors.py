"""`/error`, and every other page that says why there is nothing to do here."""

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from poolhouse.flows.call import Services
from poolhouse.pages.language import N_, chosen
from poolhouse.pages.looks import PLAIN, Look, look_of
from poolhouse.pages.render import page

UNKNOWN = N_("Something went wrong. Go back to the application, and try again.")
_LONGEST_ID = 128
_TEXTS: Mapping[str, str] = {
    "redirect_mismatch": N_(
        "The application asked to be returned to an address that is not among its callback URLs. If it is "
        "yours, add the address to the app client, exactly as it is sent."
    ),
    "unauthorized_client": N_(
        "The application may not sign people in here. If it is yours, turn on OAuth for the app client."
    ),
    "invalid_scope": N_("The application asked for more than it may have."),
    "invalid_request": N_("The application's request is not complete. Go back to it, and try again."),
}


def show(services: Services, request: Request) -> Response:
    """Explain an error by its code; what else the address says is not shown."""
    code = request.args.get("error", "")
    text = _TEXTS.get(code, UNKNOWN)
    look = look_for(services, request)
    return problem(services, request, text, code=code if code in _TEXTS else "", look=look)


def look_for(services: Services, request: Request) -> Look:
    """Return how pages look of the client that a request names, if there is such a client."""
    client_id = request.args.get("client_id", "")
    named = client_id.isprintable() and 0 < len(client_id) <= _LONGEST_ID
    client = services.config.client(client_id) if named else None
    pool = services.config.pool(client.pool_id) if client else None
    return look_of(services, pool, client) if pool and client else PLAIN


def problem(
    services: Services, request: Request, text: str, *, status: int = 400, code: str = "", look: Look = PLAIN
) -> Response:
    """Return a page that says why there is nothing to do.

    Args:
        services: the process's.
        request: what was asked.
        text: marked for translation.
        status: HTTP status.
        code: for whoever has to mend it, or "".
        look: how the page looks.
    """
    spoken = chosen(request)
    return page(
        "managed/error.html",
        services.entropy,
        status=status,
        spoken=spoken,
        look=look,
        text=spoken.say(text),
        code=code,
    )
