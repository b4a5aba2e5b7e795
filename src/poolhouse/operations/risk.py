"""Threat protection: what a pool does about risks, and what it knows of its users (digest «sign-in» §4.8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import risk_config
from poolhouse.domain.auth_events import AuthEvent, Feedback
from poolhouse.domain.pool import Pool
from poolhouse.errors import ResourceNotFoundException, UserPoolAddOnNotEnabledException
from poolhouse.flows import feedback, paging
from poolhouse.flows.call import AdminCall, AnyCall, PublicCall
from poolhouse.flows.lookup import find_user, require_pool, require_user, stored_client, stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def set_risk_configuration(
    call: AdminCall, request: shapes.SetRiskConfigurationRequest
) -> shapes.SetRiskConfigurationResponse:
    """Set a pool's risk configuration, or a client's of its own; what is left out is gone.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        UserPoolAddOnNotEnabledException: the pool has no threat protection.
        InvalidParameterException: a range is none; or users are to be notified, and nothing says how.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    given = {name: value for name, value in members.items() if name not in {"UserPoolId", "ClientId"}}
    config = risk_config.checked(given, call.clock.now())

    def work(tx: Tx) -> None:
        if request.ClientId is None:
            tx.pools.save(replace(_require_on(stored_pool(tx, request.UserPoolId)), risk=config))
        else:
            pool, client = stored_client(tx, request.UserPoolId, request.ClientId)
            _require_on(pool)
            tx.clients.save(replace(client, risk=config))

    call.store.write(work)
    call.config.forget(pool_id=request.UserPoolId, client_id=request.ClientId)
    return shapes.SetRiskConfigurationResponse(
        RiskConfiguration=_configuration(request.UserPoolId, request.ClientId, config)
    )


@operation
def describe_risk_configuration(
    call: AdminCall, request: shapes.DescribeRiskConfigurationRequest
) -> shapes.DescribeRiskConfigurationResponse:
    """Return a pool's risk configuration; or a client's, the pool's where it has none of its own.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        UserPoolAddOnNotEnabledException: the pool has no threat protection.
    """

    def work(tx: Tx) -> Mapping[str, Any] | None:
        if request.ClientId is None:
            return _require_on(stored_pool(tx, request.UserPoolId)).risk
        pool, client = stored_client(tx, request.UserPoolId, request.ClientId)
        return risk_config.effective(_require_on(pool), client)

    return shapes.DescribeRiskConfigurationResponse(
        RiskConfiguration=_configuration(request.UserPoolId, request.ClientId, call.store.read(work))
    )


def _configuration(
    pool_id: str, client_id: str | None, config: Mapping[str, Any] | None
) -> shapes.RiskConfigurationType:
    named = {"UserPoolId": pool_id} | ({"ClientId": client_id} if client_id else {})
    return msgspec.convert({**named, **(config or {})}, shapes.RiskConfigurationType)


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
    said = Feedback(request.FeedbackValue, "Admin", call.clock.now())

    def work(tx: Tx) -> None:
        user = require_user(tx, pool, request.Username)
        event = tx.auth_events.get(pool.id, user.sub, request.EventId)
        if event is None:  # the text is a guess
            raise ResourceNotFoundException("Auth event does not exist.")
        tx.auth_events.save(replace(event, feedback=said))

    call.store.write(work)
    return shapes.AdminUpdateAuthEventFeedbackResponse()


@operation
def update_auth_event_feedback(
    call: PublicCall, request: shapes.UpdateAuthEventFeedbackRequest
) -> shapes.UpdateAuthEventFeedbackResponse:
    """Say of an event whether it was the user, by the token of a notification.

    Who has no token for the event learns nothing, not even who exists.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserPoolAddOnNotEnabledException: the pool has no threat protection.
        NotAuthorizedException: the token is none, or another event's or user's, or was used before.
    """
    pool = _protected(call, request.UserPoolId)
    about = feedback.opened(call, request.FeedbackToken)
    if about and (about.pool_id, about.event_id) == (pool.id, request.EventId):
        user = call.store.read(lambda tx: find_user(tx, pool, request.Username))
        about = about if user and user.sub == about.sub else None
    else:
        about = None
    feedback.give(call, about, request.FeedbackValue)
    return shapes.UpdateAuthEventFeedbackResponse()


def _protected(call: AnyCall, pool_id: str) -> Pool:
    return _require_on(require_pool(call, pool_id))


def _require_on(pool: Pool) -> Pool:
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
    risk = event.risk
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
        EventFeedback=_said(event.feedback) if event.feedback else None,
    )


def _said(said: Feedback) -> shapes.EventFeedbackType:
    return shapes.EventFeedbackType(FeedbackValue=said.value, Provider=said.provider, FeedbackDate=said.at)
