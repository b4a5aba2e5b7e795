"""Log delivery: what a pool may configure, and what the events look like (digest «sign-in» §4.9)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from poolhouse.domain import tiers
from poolhouse.domain.auth_events import AuthEvent
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException

USER_NOTIFICATION = "userNotification"
USER_AUTH_EVENTS = "userAuthEvents"
CONFIGURATIONS = "LogConfigurations"
"""Member of a pool's configuration."""

_LEVELS = {USER_NOTIFICATION: "ERROR", USER_AUTH_EVENTS: "INFO"}
_SOURCES = {USER_NOTIFICATION: "USER_NOTIFICATION", USER_AUTH_EVENTS: "USER_ACTIVITY"}
_DECISIONS = {"NoRisk": "PASS", "AccountTakeover": "ACCOUNT_TAKEOVER", "Block": "BLOCK"}
_DESTINATIONS = {
    "CloudWatchLogsConfiguration": "LogGroupArn",
    "S3Configuration": "BucketArn",
    "FirehoseConfiguration": "StreamArn",
}
_FORMS = {
    "CloudWatchLogsConfiguration": re.compile(
        r"arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:[.\-_/#A-Za-z0-9]{1,512}"
    ),
    "S3Configuration": re.compile(r"arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "FirehoseConfiguration": re.compile(
        r"arn:[a-z-]+:firehose:[a-z0-9-]+:\d{12}:deliverystream/[a-zA-Z0-9_.-]{1,64}"
    ),
}


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event that a pool's destination is owed.

    Attributes:
        source: `userNotification` or `userAuthEvents`.
        at: when it happened, in seconds since the epoch.
        id: random.
        record: what is delivered, as JSON.
    """

    pool_id: str
    source: str
    at: float
    id: str
    record: str


@dataclass(frozen=True, slots=True)
class LogQueue:
    """How the delivery of one source's events of a pool stands.

    Attributes:
        failures: attempts that failed since the last that went well.
        not_before: when to try again, in seconds since the epoch; while somebody tries, when others may.
    """

    pool_id: str
    source: str
    failures: int = 0
    not_before: float = 0.0
    version: int = 0


def check(tier: str, configurations: Sequence[Mapping[str, Any]]) -> None:
    """Check `LogConfigurations` (the texts are guesses; what goes with what is the model's).

    Args:
        tier: the pool's.
        configurations: in the wire's form.

    Raises:
        InvalidParameterException: a source comes twice, its level or destination does not go with it, or the
            destination's ARN is none of that service's.
        FeatureUnavailableInTierException: authentication events need the Plus tier.
    """
    sources = [configuration["EventSource"] for configuration in configurations]
    for source in sources:
        if sources.count(source) > 1:
            raise InvalidParameterException(f"Only one log configuration is allowed for {source}.")
    for configuration in configurations:
        source, level = configuration["EventSource"], configuration["LogLevel"]
        if level != _LEVELS[source]:
            raise InvalidParameterException(f"LogLevel {level} is not supported for {source}.")
        kinds = [kind for kind in _DESTINATIONS if configuration.get(kind) is not None]
        if len(kinds) != 1:
            raise InvalidParameterException(f"Exactly one destination is required for {source}.")
        if source == USER_NOTIFICATION and kinds != ["CloudWatchLogsConfiguration"]:
            raise InvalidParameterException(f"{source} supports CloudWatchLogsConfiguration only.")
        arn = configuration[kinds[0]].get(_DESTINATIONS[kinds[0]])
        if not arn or not _FORMS[kinds[0]].fullmatch(arn):
            raise InvalidParameterException(f"Invalid {_DESTINATIONS[kinds[0]]} in {kinds[0]}.")
    if USER_AUTH_EVENTS in sources and tier != "PLUS":
        tiers.check_features(tier, ["User Activity Log Export"])


def destination(pool: Pool, source: str) -> str | None:
    """Return the ARN that a pool sends a source's events to; None where it does not."""
    for configuration in pool.config.get(CONFIGURATIONS) or ():
        if configuration["EventSource"] == source:
            return destination_arn(configuration)
    return None


def destination_arn(configuration: Mapping[str, Any]) -> str:
    """Return the ARN in a configuration that `check` has passed."""
    kind = next(kind for kind in _DESTINATIONS if configuration.get(kind))
    return str(configuration[kind][_DESTINATIONS[kind]])


def record(pool_id: str, source: str, at: float, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as it is delivered, in the service's form.

    Args:
        pool_id: the pool.
        source: `userNotification` or `userAuthEvents`.
        at: when it happened, in seconds since the epoch.
        message: what happened.
    """
    return {
        "eventTimestamp": str(int(at * 1000)),
        "eventSource": _SOURCES[source],
        "logLevel": _LEVELS[source],
        "message": dict(message),
        "logSourceId": {"userPoolId": pool_id},
    }


def activity(event: AuthEvent, user: User | None) -> dict[str, Any]:
    """Return what an authentication event tells as it stands; nobody has neither name nor sub.

    Members are those of the service's example; how risks and challenges are spelled is a guess.
    """
    risk = event.risk
    return {
        "version": "1",
        "eventId": event.id,
        "eventType": event.kind.value,
        "userSub": user.sub if user else "",
        "userName": user.username if user else "",
        "userPoolId": event.pool_id,
        "clientId": event.client_id,
        "creationDate": datetime.fromtimestamp(event.created, UTC).strftime("%a %b %d %H:%M:%S UTC %Y"),
        "eventResponse": event.response.value,
        "riskLevel": risk.level.upper(),
        "riskDecision": _DECISIONS[risk.decision],
        "challenges": [f"{name}:{how}" for name, how in event.challenges],
        "deviceName": event.device,
        "ipAddress": event.ip,
        "requestId": event.request_id,
        "idpName": "",
        "compromisedCredentialsDetected": str(risk.compromised).lower(),
        "city": "",
        "country": "",
        "eventFeedbackValue": "",
        "eventFeedbackDate": "",
        "eventFeedbackProvider": "",
        "hasContextData": str(bool(event.ip or event.device)).lower(),
    }
