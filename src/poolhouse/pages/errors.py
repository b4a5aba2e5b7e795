"""`/error`, and every other page that says why there is nothing to do here."""

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from poolhouse.flows.call import Services
from poolhouse.pages.language import N_, chosen
from poolhouse.pages.looks import PLAIN, Look, look_of
from poolhouse.pages.render import page

UNKNOWN = N_("Something went wrong. Go back to the application, and try again.")
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
    client = services.config.client(client_id) if (client_id := _client_id(request)) else None
    pool = services.config.pool(client.pool_id) if client else None
    look = look_of(services, pool, client) if pool and client else PLAIN
    return problem(services, request, text, code=code if code in _TEXTS else "", look=look)


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


def _client_id(request: Request) -> str:
    text = request.args.get("client_id", "")
    return text if text.isprintable() and len(text) <= 128 else ""
