"""Risk configurations: what a pool with threat protection does about risks, for all clients or for one.

A client's takes the place of its pool's as a whole (digest «sign-in» §4.8). It is in the wire's own form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from poolhouse.domain import ip_ranges
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException

SIGN_IN, SIGN_UP, PASSWORD_CHANGE = "SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"
CREDENTIALS = "CompromisedCredentialsRiskConfiguration"
TAKEOVER = "AccountTakeoverRiskConfiguration"
EXCEPTIONS = "RiskExceptionConfiguration"
_BLOCKED, _SKIPPED = "BlockedIPRangeList", "SkippedIPRangeList"
_EVENTS = [SIGN_IN, PASSWORD_CHANGE, SIGN_UP]


def checked(given: Mapping[str, Any], modified: float) -> Mapping[str, Any] | None:
    """Return what is stored of SetRiskConfiguration's members; None where they set nothing.

    Args:
        given: the three configurations, those that came.
        modified: when, in seconds since the epoch.

    Raises:
        InvalidParameterException: a range is none; or users are to be notified, and nothing says how.
    """
    if not given:
        return None
    config = {**given}
    if CREDENTIALS in config:
        events = config[CREDENTIALS].get("EventFilter") or _EVENTS
        config[CREDENTIALS] = {**config[CREDENTIALS], "EventFilter": list(dict.fromkeys(events))}
    if TAKEOVER in config:
        _check_notifications(config[TAKEOVER])
    for name in (_BLOCKED, _SKIPPED):
        for text in (config.get(EXCEPTIONS) or {}).get(name) or ():
            if ip_ranges.parse(text) is None:  # the text is a guess
                raise InvalidParameterException(f"{text} in {name} is not an IP range in CIDR notation.")
    return {**config, "LastModifiedDate": modified}


def _check_notifications(takeover: Mapping[str, Any]) -> None:
    notifies = any(action.get("Notify") for action in takeover["Actions"].values())
    if notifies and not takeover.get("NotifyConfiguration"):  # the text is a guess
        raise InvalidParameterException("NotifyConfiguration is required to notify users.")


def compromised_events(config: Mapping[str, Any]) -> Sequence[str]:
    """Return the events whose passwords are looked up: all where a configuration does not say."""
    events: Sequence[str] = (config.get(CREDENTIALS) or {}).get("EventFilter") or _EVENTS
    return events


def blocks_compromised(config: Mapping[str, Any]) -> bool:
    """Tell whether compromised passwords are refused."""
    return bool(((config.get(CREDENTIALS) or {}).get("Actions") or {}).get("EventAction") == "BLOCK")


def effective(pool: Pool, client: Client | None) -> Mapping[str, Any]:
    """Return the configuration that counts for a client; empty where nobody made one.

    Args:
        pool: the client's.
        client: None for one that is gone.
    """
    return (client.risk if client else None) or pool.risk or {}


def notifies(pool: Pool, client: Client | None) -> Mapping[str, Any]:
    """Return how users are notified: NotifyConfiguration, or nothing."""
    found: Mapping[str, Any] = (effective(pool, client).get(TAKEOVER) or {}).get("NotifyConfiguration") or {}
    return found


def blocks_address(pool: Pool, client: Client, address: str) -> bool:
    """Tell whether requests from an address are always refused."""
    return ip_ranges.holds(_ranges(pool, client, _BLOCKED), address)


def skips_address(pool: Pool, client: Client, address: str) -> bool:
    """Tell whether requests from an address are not looked at for risks."""
    return ip_ranges.holds(_ranges(pool, client, _SKIPPED), address)


def _ranges(pool: Pool, client: Client, name: str) -> Sequence[str]:
    return (effective(pool, client).get(EXCEPTIONS) or {}).get(name) or ()
