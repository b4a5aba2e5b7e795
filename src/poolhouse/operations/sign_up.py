"""Sign-up: register, confirm, have the code sent again (digest «users» §3.1 to §3.3)."""

from poolhouse.domain.user import Status
from poolhouse.flows import context, handover
from poolhouse.flows import sign_up as flow
from poolhouse.flows.call import AdminCall, PublicCall
from poolhouse.flows.lookup import check_secret_hash, require_client, require_pool
from poolhouse.operations import convert
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def sign_up(call: PublicCall, request: shapes.SignUpRequest) -> shapes.SignUpResponse:
    """Register a user."""
    pool, client = require_client(call, request.ClientId)
    check_secret_hash(call, client, request.Username, request.SecretHash)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    registration = flow.Registration(
        username=request.Username,
        password=request.Password or "",
        attributes=convert.pairs(request.UserAttributes),
        validation_data=convert.mapping(request.ValidationData),
        client_metadata=request.ClientMetadata,
    )
    user, delivery = flow.sign_up(call, pool, client, registration)
    return shapes.SignUpResponse(
        UserConfirmed=user.status is Status.CONFIRMED,
        UserSub=user.sub,
        CodeDeliveryDetails=convert.code_delivery(delivery) if delivery else None,
        Session=handover.begun(call, client, user),
    )


@operation
def confirm_sign_up(call: PublicCall, request: shapes.ConfirmSignUpRequest) -> shapes.ConfirmSignUpResponse:
    """Confirm a user by the code that was sent."""
    pool, client = require_client(call, request.ClientId)
    check_secret_hash(call, client, request.Username, request.SecretHash)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    begun = handover.opened(call, client, request.Session)
    user = flow.confirm(
        call,
        pool,
        client,
        request.Username,
        request.ConfirmationCode,
        force_alias=bool(request.ForceAliasCreation),
        client_metadata=request.ClientMetadata,
    )
    return shapes.ConfirmSignUpResponse(Session=handover.confirmed(call, client, user, begun))


@operation
def resend_confirmation_code(
    call: PublicCall, request: shapes.ResendConfirmationCodeRequest
) -> shapes.ResendConfirmationCodeResponse:
    """Send a new code."""
    pool, client = require_client(call, request.ClientId)
    check_secret_hash(call, client, request.Username, request.SecretHash)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    delivery = flow.resend(call, pool, client, request.Username, request.ClientMetadata)
    return shapes.ResendConfirmationCodeResponse(CodeDeliveryDetails=convert.code_delivery(delivery))


@operation
def admin_confirm_sign_up(
    call: AdminCall, request: shapes.AdminConfirmSignUpRequest
) -> shapes.AdminConfirmSignUpResponse:
    """Confirm a user without a code."""
    pool = require_pool(call, request.UserPoolId)
    flow.confirm_by_admin(call, pool, request.Username, request.ClientMetadata)
    return shapes.AdminConfirmSignUpResponse()
