"""Where a visitor stands in a sign-in or a sign-up: sealed, and carried by the form of the page.

It names the browser: in another one it is good for nothing. What it holds of a sign-in is the challenge's own
`Session`, which says itself for how long it is good.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from werkzeug.wrappers import Response

from poolhouse.domain import totp
from poolhouse.pages import attributes, qr
from poolhouse.pages.language import N_
from poolhouse.pages.visit import Refused, Visit

FIELD = "step"
LOST = N_("Something went wrong. Please start again.")

CONFIRM, RESET = "CONFIRM", "RESET"
PASSWORD = "PASSWORD_CHOSEN"  # noqa: S105 (a page)
SET_UP_APP, SET_UP_EMAIL, SET_UP_PHONE = "SET_UP_APP", "SET_UP_EMAIL", "SET_UP_PHONE"
"""Pages of ours between the challenges."""

_PURPOSE = "page step"


class Step(msgspec.Struct, frozen=True, array_like=True):
    """A page that waits for an answer.

    Attributes:
        browser: whose page it is (`forgery.Token`).
        client_id: the app client.
        at: the challenge, or one of the pages between them.
        username: as typed at the beginning.
        session: the challenge's, or the sign-up's.
        shown: what the page shows.
        offered: what there is to choose from, or to fill in.
    """

    browser: str
    client_id: str
    at: str
    username: str
    session: str = ""
    shown: dict[str, str] = {}
    offered: tuple[str, ...] = ()


def begin(visit: Visit, at: str, username: str, **members: Any) -> Step:
    """Return a step of this browser's."""
    return Step(visit.token.browser, visit.registered.id, at, username, **members)


def opened(visit: Visit, *at: str) -> Step | None:
    """Return the step of a form; None where the form has none.

    Args:
        visit: what posts the form.
        at: where it must be; anywhere if nothing is given.

    Raises:
        Refused: it is none of ours, another browser's or client's, or elsewhere.
    """
    text = visit.form.get(FIELD)
    if text is None:
        return None
    payload = visit.call.vault.open_token(_PURPOSE, text)
    try:
        step = msgspec.msgpack.decode(payload or b"", type=Step)
    except msgspec.DecodeError:
        raise Refused(LOST) from None
    mine = (step.browser, step.client_id) == (visit.token.browser, visit.registered.id)
    if not mine or (at and step.at not in at):
        raise Refused(LOST)
    return step


def require(visit: Visit, *at: str) -> Step:
    """Return the step of a form that must have one; otherwise as `opened`."""
    step = opened(visit, *at)
    if step is None:
        raise Refused(LOST)
    return step


def draw(visit: Visit, step: Step, problem: str = "", **values: Any) -> Response:
    """Return the page of a step.

    Args:
        visit: the request.
        step: what waits.
        problem: what was wrong with the answer before, marked for translation.
        values: what else the page shows.
    """
    template, also = _PAGES[step.at]
    payload = visit.call.vault.seal_token(_PURPOSE, msgspec.msgpack.encode(step))
    shown = {"done": "", **also(visit, step), **values}
    return visit.page(template, at=step.at, sealed=payload, step=step, problem=visit.say(problem), **shown)


def _nothing(_visit: Visit, _step: Step) -> dict[str, Any]:
    return {}


def _policy(visit: Visit, _step: Step) -> dict[str, Any]:
    return {"policy": visit.pool.password_policy}


def _new_password(visit: Visit, step: Step) -> dict[str, Any]:
    return {**_policy(visit, step), "fields": [attributes.field(name) for name in step.offered], "given": {}}


def _app(visit: Visit, step: Step) -> dict[str, Any]:
    secret = step.shown["secret"]
    return {"secret": secret, "code": qr.svg(totp.uri(visit.pool.name, step.username, secret))}


_Also = Callable[[Visit, Step], dict[str, Any]]
_PAGES: Mapping[str, tuple[str, _Also]] = {
    "SELECT_CHALLENGE": ("choose.html", _nothing),
    PASSWORD: ("password.html", _nothing),
    "EMAIL_OTP": ("code.html", _nothing),
    "SMS_OTP": ("code.html", _nothing),
    "SMS_MFA": ("code.html", _nothing),
    "SOFTWARE_TOKEN_MFA": ("code.html", _nothing),
    "WEB_AUTHN": ("passkey.html", _nothing),
    "SELECT_MFA_TYPE": ("choose_mfa.html", _nothing),
    "MFA_SETUP": ("set_up.html", _nothing),
    SET_UP_APP: ("set_up_app.html", _app),
    SET_UP_EMAIL: ("set_up_address.html", _nothing),
    SET_UP_PHONE: ("set_up_address.html", _nothing),
    "NEW_PASSWORD_REQUIRED": ("new_password.html", _new_password),
    CONFIRM: ("confirm.html", _nothing),
    RESET: ("reset.html", _policy),
}
"""The page of each place, and what it shows beside the step."""
