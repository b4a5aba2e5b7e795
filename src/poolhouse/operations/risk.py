"""Threat protection: a user's events, and what somebody says of them (digest «sign-in» §4.8)."""

from dataclasses import replace

from poolhouse.domain.auth_events import AuthEvent, Feedback
from poolhouse.domain.pool import Pool
from poolhouse.errors import ResourceNotFoundException, UserPoolAddOnNotEnabledException
from poolhouse.flows import paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def admin_list_user_auth_events(
    call: AdminCall, request: shapes.AdminListUserAuthEventsRequest
) -> shapes.AdminListUserAuthEventsResponse:
    """List what is recorded of a user, the latest first.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserNotFoundException: there is no such user.
        UserPoolAddOnNotEnabledException: the pool has no threat protection.
        InvalidParameterException: the token is none of this list's.
    """
    pool = _protected(call, request.UserPoolId)
    user = call.store.read(lambda tx: require_user(tx, pool, request.Username))

    def fetch(after: str | None, limit: int) -> list[AuthEvent]:
        return call.store.peek(lambda tx: tx.auth_events.list(pool.id, user.sub, _place(after), limit))

    events, following = paging.page(
        call,
        f"AdminListUserAuthEvents/{pool.id}/{user.sub}",
        request.NextToken,
        request.MaxResults,
        fetch=fetch,
        key=lambda event: f"{event.created!r}/{event.id}",
    )
    return shapes.AdminListUserAuthEventsResponse(
        AuthEvents=[_described(event) for event in events], NextToken=following
    )


@operation
def admin_update_auth_event_feedback(
    call: AdminCall, request: shapes.AdminUpdateAuthEventFeedbackRequest
) -> shapes.AdminUpdateAuthEventFeedbackResponse:
    """Say of an event whether it was the user.

    Raises:
        ResourceNotFoundException: there is no such pool, or the user has no such event.
        UserNotFoundException: there is no such user.
        UserPoolAddOnNotEnabledException: the pool has no threat protection.
    """
    pool = _protected(call, request.UserPoolId)
    feedback = Feedback(request.FeedbackValue, "Admin", call.clock.now())

    def work(tx: Tx) -> None:
        user = require_user(tx, pool, request.Username)
        event = tx.auth_events.get(pool.id, user.sub, request.EventId)
        if event is None:  # the text is a guess
            raise ResourceNotFoundException("Auth event does not exist.")
        tx.auth_events.save(replace(event, feedback=feedback))

    call.store.write(work)
    return shapes.AdminUpdateAuthEventFeedbackResponse()


def _protected(call: AdminCall, pool_id: str) -> Pool:
    pool = require_pool(call, pool_id)
    if pool.threat_protection == "OFF":  # the text is a guess
        raise UserPoolAddOnNotEnabledException("Threat protection is not enabled for the user pool.")
    return pool


def _place(after: str | None) -> tuple[float, str] | None:
    if after is None:
        return None
    created, _, event_id = after.partition("/")
    return float(created), event_id


def _described(event: AuthEvent) -> shapes.AuthEventType:
    """Return an event on the wire. Nothing is made up: there is no time zone, no city and no country."""
    risk, feedback = event.risk, event.feedback
    return shapes.AuthEventType(
        EventId=event.id,
        EventType=event.kind.value,
        CreationDate=event.created,
        EventResponse=event.response.value,
        EventRisk=shapes.EventRiskType(
            RiskDecision=risk.decision,
            RiskLevel=risk.level or None,
            CompromisedCredentialsDetected=risk.compromised,
        ),
        ChallengeResponses=[
            shapes.ChallengeResponseType(ChallengeName=name, ChallengeResponse=how)
            for name, how in event.challenges
        ],
        EventContextData=shapes.EventContextDataType(
            IpAddress=event.ip or None, DeviceName=event.device or None
        ),
        EventFeedback=_feedback(feedback) if feedback else None,
    )


def _feedback(feedback: Feedback) -> shapes.EventFeedbackType:
    return shapes.EventFeedbackType(
        FeedbackValue=feedback.value, Provider=feedback.provider, FeedbackDate=feedback.at
    )
