"""Signing in through the API: InitiateAuth, RespondToAuthChallenge and their administrators' twins.

They find pool and client, hand on to `flows.sign_in`, and put what comes of it on the wire. Which flows and
challenges there are, and what follows what, is said in `domain.challenges`.
"""

from typing import TypeVar

from poolhouse.flows import context, sign_in
from poolhouse.flows.attempt import Attempt, Outcome, SignedIn
from poolhouse.flows.call import AdminCall, PublicCall
from poolhouse.flows.lookup import require_client, require_client_of, require_pool
from poolhouse.operations import convert
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes

_Response = TypeVar(
    "_Response",
    shapes.InitiateAuthResponse,
    shapes.AdminInitiateAuthResponse,
    shapes.RespondToAuthChallengeResponse,
    shapes.AdminRespondToAuthChallengeResponse,
)


@operation
def initiate_auth(call: PublicCall, request: shapes.InitiateAuthRequest) -> shapes.InitiateAuthResponse:
    """Begin a sign-in, or refresh tokens."""
    pool, client = require_client(call, request.ClientId)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    attempt = Attempt(call, pool, client, validation_data=request.ClientMetadata)
    outcome = sign_in.start(
        attempt, request.AuthFlow, request.AuthParameters or {}, request.Session, admin=False
    )
    return _answer(shapes.InitiateAuthResponse, outcome)


@operation
def admin_initiate_auth(
    call: AdminCall, request: shapes.AdminInitiateAuthRequest
) -> shapes.AdminInitiateAuthResponse:
    """Begin a sign-in, or refresh tokens, for a server that holds an access key."""
    pool = require_pool(call, request.UserPoolId)
    client = require_client_of(call, pool, request.ClientId)
    call = context.of_admin(
        call, convert.user_ip(request.ContextData), convert.user_agent(request.ContextData)
    )
    attempt = Attempt(call, pool, client, validation_data=request.ClientMetadata)
    outcome = sign_in.start(
        attempt, request.AuthFlow, request.AuthParameters or {}, request.Session, admin=True
    )
    return _answer(shapes.AdminInitiateAuthResponse, outcome)


@operation
def respond_to_auth_challenge(
    call: PublicCall, request: shapes.RespondToAuthChallengeRequest
) -> shapes.RespondToAuthChallengeResponse:
    """Answer a challenge."""
    pool, client = require_client(call, request.ClientId)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    attempt = Attempt(call, pool, client, client_metadata=request.ClientMetadata)
    outcome = sign_in.answer(
        attempt, request.ChallengeName, request.ChallengeResponses or {}, request.Session
    )
    return _answer(shapes.RespondToAuthChallengeResponse, outcome)


@operation
def admin_respond_to_auth_challenge(
    call: AdminCall, request: shapes.AdminRespondToAuthChallengeRequest
) -> shapes.AdminRespondToAuthChallengeResponse:
    """Answer a challenge, for a server that holds an access key."""
    pool = require_pool(call, request.UserPoolId)
    client = require_client_of(call, pool, request.ClientId)
    call = context.of_admin(
        call, convert.user_ip(request.ContextData), convert.user_agent(request.ContextData)
    )
    attempt = Attempt(call, pool, client, client_metadata=request.ClientMetadata)
    outcome = sign_in.answer(
        attempt, request.ChallengeName, request.ChallengeResponses or {}, request.Session
    )
    return _answer(shapes.AdminRespondToAuthChallengeResponse, outcome)


def _answer(response: type[_Response], outcome: Outcome) -> _Response:
    """Return an outcome on the wire; `ChallengeParameters` is there even where it is empty."""
    if not isinstance(outcome, SignedIn):
        return response(
            ChallengeName=outcome.name,
            Session=outcome.session,
            ChallengeParameters=dict(outcome.parameters),
            AvailableChallenges=list(outcome.available) or None,
        )
    tokens, new_device = outcome.tokens, None
    if tokens is None:
        raise TypeError("an operation's sign-in ends with tokens")
    if outcome.new_device:
        new_device = shapes.NewDeviceMetadataType(
            DeviceKey=outcome.new_device, DeviceGroupKey=outcome.device_group
        )
    return response(
        ChallengeParameters={},
        AuthenticationResult=shapes.AuthenticationResultType(
            AccessToken=tokens.access,
            ExpiresIn=tokens.expires_in,
            TokenType="Bearer",
            RefreshToken=tokens.refresh,
            IdToken=tokens.id,
            NewDeviceMetadata=new_device,
        ),
    )
