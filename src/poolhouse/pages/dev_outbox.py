"""The messages that `--dev` did not send: a page for people, JSON for tests.

Mails hold what users and triggers wrote, so their HTML is shown in a frame that runs no script, sends no form
and has an origin of its own.
"""

from datetime import UTC, datetime

import msgspec
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from poolhouse.flows.call import Services
from poolhouse.messages.channels.folder import Stored, find, read
from poolhouse.pages.render import guarded, page

_SHOWN = 200
PATIENCE_SECONDS = 5.0
_SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'"
)
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


def index(services: Services, _request: Request) -> Response:
    """Show the newest messages."""
    rows = [(stored, _when(stored)) for stored in newest(services)]
    return page("outbox.html", services.entropy, rows=rows)


def as_json(services: Services, request: Request) -> Response:
    """Answer `{"messages": […]}`, the newest first; `?to=` picks one recipient's.

    A plus sign in a query means a space, which no recipient has: who did not escape it meant what they wrote.
    """
    to = request.args.get("to")
    to = to and to.replace(" ", "+")
    messages = [stored for stored in newest(services) if to is None or stored.to == to]
    return guarded(msgspec.json.encode({"messages": messages}), "application/json", _NOTHING)


def message(services: Services, _request: Request, message_id: str) -> Response:
    """Show one message."""
    stored = _require(services, message_id)
    return page("message.html", services.entropy, frames="'self'", message=stored, when=_when(stored))


def html(services: Services, _request: Request, message_id: str) -> Response:
    """Answer a mail's HTML, for the frame. Links open in a window of their own."""
    stored = _require(services, message_id)
    if not stored.html:
        raise NotFound
    return guarded(f'<!doctype html><base target="_blank">{stored.body}', "text/html", _SANDBOX)


def newest(services: Services) -> list[Stored]:
    """Return the newest messages, those included that were on their way when they were asked for."""
    services.couriers.wait(PATIENCE_SECONDS)
    return read(services.settings.outbox_folder, _SHOWN)


def _require(services: Services, message_id: str) -> Stored:
    stored = find(services.settings.outbox_folder, message_id)
    if stored is None:
        raise NotFound
    return stored


def _when(stored: Stored) -> str:
    return datetime.fromtimestamp(stored.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
