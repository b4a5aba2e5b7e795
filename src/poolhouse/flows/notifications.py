"""Telling a user by mail of a sign-in that looks unusual, as the risk configuration says.

The mail is owed in the unit of work that records the event, and leaves after it; it goes to the user's
address whether or not that is verified (digest «sign-in» §4.8).
"""

from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from poolhouse.domain import risk_config
from poolhouse.domain.aliases import EMAIL
from poolhouse.domain.client import Client
from poolhouse.domain.codes import OutboxEntry
from poolhouse.domain.deliveries import to_attribute
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.flows import feedback, sessions, verification
from poolhouse.flows.call import AnyCall
from poolhouse.flows.hosts import base_url
from poolhouse.messages import notification
from poolhouse.messages.outgoing import Mail

SOURCE = "AccountTakeOverNotification"
PATH = "/authEventFeedback"
_UNKNOWN = "unknown"
_ACTIONS = {notification.BLOCKED: "BLOCK", notification.ASKED: "MFA", notification.NOTED: "NO_ACTION"}


class Sighting(msgspec.Struct, frozen=True):
    """What a notification tells; `at` in seconds since the epoch.

    Attributes:
        kind: which mail of the configuration it is.
    """

    kind: str
    event_id: str
    at: float
    ip: str
    device: str


def owe(call: AnyCall, client: Client, user: User, event_id: str, kind: str) -> OutboxEntry | None:
    """Return the mail that is owed; None for a user without an address."""
    if not user.attributes.get(EMAIL):
        return None
    seen = Sighting(kind, event_id, call.clock.now(), call.client_ip, sessions.app_of(call))
    return verification.owe(
        call,
        user,
        source=SOURCE,
        delivery=to_attribute(user, EMAIL),
        secret=msgspec.json.encode(seen).decode(),
        client_id=client.id,
        life=feedback.LIFE_SECONDS,
    )


def values(call: AnyCall, pool: Pool, user: User, secret: str) -> tuple[Sighting, dict[str, str]]:
    """Return what is told, and what each placeholder of a template stands for."""
    seen = msgspec.json.decode(secret, type=Sighting)
    token = feedback.token(call, user, seen.event_id, seen.at)
    base = base_url(call.settings, pool) or call.settings.public_url
    links = {
        value: f"{base}{PATH}?{urlencode({'feedback_token': token, 'feedback_value': value})}"
        for value in ("Valid", "Invalid")
    }
    return seen, {
        "username": user.username,
        "ip-address": seen.ip or _UNKNOWN,
        "city": _UNKNOWN,
        "country": _UNKNOWN,
        "login-time": f"{datetime.fromtimestamp(seen.at, UTC):%Y-%m-%d %H:%M:%S UTC}",
        "device-name": seen.device or _UNKNOWN,
        "event-id": seen.event_id,
        "feedback-token": token,
        "one-click-link-valid": links["Valid"],
        "one-click-link-invalid": links["Invalid"],
    }


def attributes(call: AnyCall, pool: Pool, user: User, secret: str) -> dict[str, str]:
    """Return what the pool's own sender is told in the place of a code and attributes (digest «users» §5.12).

    What is not known is left out.
    """
    seen, told = values(call, pool, user, secret)
    return {
        "EVENT_ID": seen.event_id,
        "USER_NAME": user.username,
        "IP_ADDRESS": told["ip-address"],
        "ACCOUNT_TAKE_OVER_ACTION": _ACTIONS[seen.kind],
        "ONE_CLICK_LINK_VALID": told["one-click-link-valid"],
        "ONE_CLICK_LINK_INVALID": told["one-click-link-invalid"],
        "LOGIN_TIME": f"{datetime.fromtimestamp(seen.at, UTC):%A, %B %d, %Y %I:%M %p UTC}",
        "FEEDBACK_TOKEN": told["feedback-token"],
        **({"DEVICE_NAME": seen.device} if seen.device else {}),
    }


def mail(call: AnyCall, pool: Pool, user: User, entry: OutboxEntry, secret: str) -> Mail:
    """Return the mail, as the configuration of this moment has it."""
    client = call.config.client(entry.client_id)
    seen, filled = values(call, pool, user, secret)
    config = risk_config.notifies(pool, client)
    sender = call.settings.messages.sender
    return notification.compose(config, seen.kind, entry.delivery.destination, filled, sender)
