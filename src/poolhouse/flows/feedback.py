"""Feedback by the token of a notification: whoever holds it says of one event whether it was the user.

The token is sealed, and names pool, user and event. It works once, for a week.
"""

from dataclasses import replace

import msgspec

from poolhouse.domain.auth_events import Feedback
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

LIFE_SECONDS = 7 * 86400.0
_PURPOSE = "auth event feedback"
_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


class About(msgspec.Struct, frozen=True, array_like=True):
    """What a token is about; `expires` in seconds since the epoch."""

    pool_id: str
    sub: str
    event_id: str
    expires: float


def token(call: AnyCall, user: User, event_id: str, begun: float) -> str:
    """Return the token for an event, in the letters that `FeedbackToken` may have.

    Args:
        call: what seals it.
        user: whose event.
        event_id: which.
        begun: since when it is good, in seconds since the epoch.
    """
    about = About(user.pool_id, user.sub, event_id, begun + LIFE_SECONDS)
    return call.vault.seal_token(_PURPOSE, msgspec.msgpack.encode(about)).translate(_TO_URL)


def opened(call: AnyCall, text: str) -> About | None:
    """Return what a token is about; None where it is none of ours, or too old."""
    if not text.isascii():
        return None
    payload = call.vault.open_token(_PURPOSE, text.translate(_FROM_URL))
    try:
        about = msgspec.msgpack.decode(payload, type=About) if payload else None
    except msgspec.DecodeError:  # sealed by another version of the server
        about = None
    return about if about and call.clock.now() < about.expires else None


def give(call: AnyCall, about: About | None, value: str) -> None:
    """Note what the user says of the event, and use the token up.

    Args:
        call: the request.
        about: what `opened` returned, if that is the event meant.
        value: `Valid` or `Invalid`.

    Raises:
        NotAuthorizedException: the token is none, or too old, or was used before; or user or event are gone.
    """
    feedback = Feedback(value, "User", call.clock.now())

    def work(tx: Tx) -> bool:
        if about is None:
            return False
        event = tx.auth_events.get(about.pool_id, about.sub, about.event_id)
        if event is None or not tx.spent.spend(about.pool_id, f"feedback/{event.id}", about.expires):
            return False
        tx.auth_events.save(replace(event, feedback=feedback))
        return True

    if about is None or not call.store.write(work):  # class and text are guesses
        raise NotAuthorizedException("Invalid feedback token.")
