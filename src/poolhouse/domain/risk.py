"""The score of a sign-in, and what follows from its level: adaptive authentication (digest «sign-in» §4.8).

The service's own model is not published. This one adds a few points up, each for something that a person can
check in the list of the user's events. Nothing about places is in it: this server knows none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poolhouse.domain.auth_events import AuthEvent
from poolhouse.domain.ip_ranges import network_of
from poolhouse.domain.risk_config import TAKEOVER

LOW, MEDIUM, HIGH = "Low", "Medium", "High"
LEVELS = ("", LOW, MEDIUM, HIGH)
"""By points; three and more are high."""

NEW_DEVICE = 1
NEW_NETWORK = 1
USER_GUESSED_AT = 1
ADDRESS_GUESSES = 1
ADDRESS_GUESSES_MUCH = 2
DENIED_NETWORK = 2
DENIED_ADDRESS = 3
USER_FAILURES = 3
ADDRESS_FAILURES = 10
MANY_ADDRESS_FAILURES = 30

_VERSION = re.compile(r" \d+")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a sign-in once a first factor is proven.

    Attributes:
        ip: where it comes from.
        device: what it comes from, as events have it.
        familiar: earlier events that count as the user's; without any, nothing is new.
        denied: earlier events that somebody said were not the user.
        user_failures: wrong answers for the user, in a row, right before.
        address_failures: wrong answers from the address, over all users, not long before.
    """

    ip: str
    device: str
    familiar: Sequence[AuthEvent] = ()
    denied: Sequence[AuthEvent] = ()
    user_failures: int = 0
    address_failures: int = 0


def points(found: Circumstances) -> int:
    """Return how much speaks for somebody else than the user; 0 is nothing."""
    return (
        _newness(found)
        + (USER_GUESSED_AT if found.user_failures >= USER_FAILURES else 0)
        + _guesses(found.address_failures)
        + _denials(found)
    )


def level(total: int) -> str:
    """Return `RiskLevel` for points; "" for none."""
    return LEVELS[min(total, len(LEVELS) - 1)]


def _newness(found: Circumstances) -> int:
    if not found.familiar:
        return 0
    networks = {network_of(event.ip) for event in found.familiar}
    devices = {_kind(event.device) for event in found.familiar}
    new_network = NEW_NETWORK if network_of(found.ip) not in networks else 0
    return new_network + (NEW_DEVICE if _kind(found.device) not in devices else 0)


def _guesses(failures: int) -> int:
    if failures >= MANY_ADDRESS_FAILURES:
        return ADDRESS_GUESSES_MUCH
    return ADDRESS_GUESSES if failures >= ADDRESS_FAILURES else 0


def _denials(found: Circumstances) -> int:
    if any(event.ip == found.ip for event in found.denied):
        return DENIED_ADDRESS
    network = network_of(found.ip)
    near = network and any(network_of(event.ip) == network for event in found.denied)
    return DENIED_NETWORK if near else 0


def _kind(device: str) -> str:
    """Return a device without the versions of its parts, which change every few weeks."""
    return _VERSION.sub("", device)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a risk configuration does at a level.

    Attributes:
        action: `BLOCK`, `MFA_IF_CONFIGURED`, `MFA_REQUIRED` or `NO_ACTION`.
        notify: whether the user is told by mail.
    """

    action: str = "NO_ACTION"
    notify: bool = False

    @property
    def wants_second_factor(self) -> bool:
        """Whether it asks for a second factor where it can."""
        return self.action.startswith("MFA_")


def reaction(config: Mapping[str, Any], found: str) -> Reaction:
    """Return what a configuration does at a level; nothing where it does not say.

    Args:
        config: the effective risk configuration.
        found: `Low`, `Medium`, `High`, or "".
    """
    actions = (config.get(TAKEOVER) or {}).get("Actions") or {}
    chosen = actions.get(f"{found}Action")
    return Reaction(chosen["EventAction"], bool(chosen["Notify"])) if chosen else Reaction()
