"""Pools with threat protection, and what they have recorded."""

from collections.abc import Mapping
from typing import Any

from support.server import RunningServer
from support.sign_in import Place, make_place


def protected(
    server: RunningServer, mode: str = "ENFORCED", *, client: Mapping[str, Any] | None = None, **pool: Any
) -> Place:
    """Create a pool with threat protection, and a client that allows every flow."""
    return make_place(server, client=client, **on(mode), **pool)


def on(mode: str, **also: Any) -> dict[str, Any]:
    """Return the members of a pool that switch threat protection on."""
    return {
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": {"AdvancedSecurityMode": mode, **also},
    }


def events(place: Place, name: str = "jane", kind: str = "") -> list[dict[str, Any]]:
    """Return a user's events, the latest first."""
    found = place.idp.admin_list_user_auth_events(UserPoolId=place.pool, Username=name)["AuthEvents"]
    return [event for event in found if event["EventType"] == (kind or event["EventType"])]


def summary(event: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    """Return what happened in short: type, response, challenges."""
    answered = [(each["ChallengeName"], each["ChallengeResponse"]) for each in event["ChallengeResponses"]]
    return event["EventType"], event["EventResponse"], answered
