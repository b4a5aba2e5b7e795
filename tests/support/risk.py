"""Pools with threat protection, and what they have recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from support.server import RunningServer
from support.sign_in import PASSWORD, Place, make_place


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


ARN = "arn:aws:ses:us-east-1:123456789012:identity/security@example.com"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/125.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
HOME, ABROAD = "203.0.113.7", "198.51.100.9"


def actions(
    *, notify: bool = False, templates: Mapping[str, Any] | None = None, **by_level: str
) -> dict[str, Any]:
    """Return the member of SetRiskConfiguration that says what to do by level: `high="BLOCK"`."""
    named = {
        f"{level.title()}Action": {"Notify": notify, "EventAction": action}
        for level, action in by_level.items()
    }
    how = {"NotifyConfiguration": {"SourceArn": ARN, **(templates or {})}} if notify else {}
    return {"AccountTakeoverRiskConfiguration": {"Actions": named, **how}}


def configure(place: Place, *, of_client: bool = False, **config: Any) -> dict[str, Any]:
    """SetRiskConfiguration of the pool, or of the client."""
    named = {"ClientId": place.client} if of_client else {}
    answer = place.idp.set_risk_configuration(UserPoolId=place.pool, **named, **config)
    return dict(answer["RiskConfiguration"])


def exceptions(*, blocked: Sequence[str] = (), skipped: Sequence[str] = ()) -> dict[str, Any]:
    """Return the member of SetRiskConfiguration that lists ranges."""
    lists = {"BlockedIPRangeList": list(blocked), "SkippedIPRangeList": list(skipped)}
    return {"RiskExceptionConfiguration": {name: ranges for name, ranges in lists.items() if ranges}}


def seen_from(address: str) -> dict[str, Any]:
    """Return `ContextData` of a server that signs in somebody at an address."""
    return {"IpAddress": address, "ServerName": "app.example.com", "ServerPath": "/", "HttpHeaders": []}


def by_admin(
    place: Place, address: str, name: str = "jane", password: str = PASSWORD, agent: str = ""
) -> dict[str, Any]:
    """Sign in with ADMIN_USER_PASSWORD_AUTH from an address."""
    headers = [{"headerName": "User-Agent", "headerValue": agent}] if agent else []
    return dict(
        place.idp.admin_initiate_auth(
            UserPoolId=place.pool,
            ClientId=place.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
            ContextData={**seen_from(address), "HttpHeaders": headers},
        )
    )
