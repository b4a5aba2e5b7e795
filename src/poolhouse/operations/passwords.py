"""Passwords: forgotten, changed, reset and set (digest «users» §3.9; states in §3.6)."""

from dataclasses import replace

from poolhouse.domain.auth_events import Kind
from poolhouse.domain.codes import CodePurpose
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.risk_config import PASSWORD_CHANGE
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import auth_events, context, passwords, recovery, threats, verification
from poolhouse.flows.call import AdminCall, AnyCall, PublicCall, UserCall
from poolhouse.flows.lookup import (
    check_secret_hash,
    require_client,
    require_pool,
    require_user,
    require_user_by_sub,
)
from poolhouse.flows.verification import Attempt
from poolhouse.operations import convert
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def forgot_password(call: PublicCall, request: shapes.ForgotPasswordRequest) -> shapes.ForgotPasswordResponse:
    """Send a code for a new password."""
    pool, client = require_client(call, request.ClientId)
    check_secret_hash(call, client, request.Username, request.SecretHash)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    delivery = recovery.begin(call, pool, client, request.Username, request.ClientMetadata)
    return shapes.ForgotPasswordResponse(CodeDeliveryDetails=convert.code_delivery(delivery))


@operation
def confirm_forgot_password(
    call: PublicCall, request: shapes.ConfirmForgotPasswordRequest
) -> shapes.ConfirmForgotPasswordResponse:
    """Set a new password by the code that was sent."""
    pool, client = require_client(call, request.ClientId)
    check_secret_hash(call, client, request.Username, request.SecretHash)
    call = context.of_client(call, pool, client, convert.user_ip(request.UserContextData))
    with call.services.addresses.watched(call, pool, client):
        recovery.finish(
            call,
            pool,
            client,
            request.Username,
            code=request.ConfirmationCode,
            password=request.Password,
            client_metadata=request.ClientMetadata,
        )
    return shapes.ConfirmForgotPasswordResponse()


@operation
def admin_reset_user_password(
    call: AdminCall, request: shapes.AdminResetUserPasswordRequest
) -> shapes.AdminResetUserPasswordResponse:
    """Make a user choose another password."""
    pool = require_pool(call, request.UserPoolId)
    recovery.reset_by_admin(call, pool, request.Username, request.ClientMetadata)
    return shapes.AdminResetUserPasswordResponse()


@operation
def admin_set_user_password(
    call: AdminCall, request: shapes.AdminSetUserPasswordRequest
) -> shapes.AdminSetUserPasswordResponse:
    """Set a user's password, for good or for one sign-in; nothing is sent."""
    pool = require_pool(call, request.UserPoolId)
    passwords.settle(lambda: _set(call, pool, request))
    return shapes.AdminSetUserPasswordResponse()


def _set(call: AdminCall, pool: Pool, request: shapes.AdminSetUserPasswordRequest) -> None:
    user, previous = call.store.read(lambda tx: _current(tx, pool, request.Username))
    made = passwords.prepare(
        call,
        pool,
        user,
        previous,
        password=request.Password,
        wording=Wording.CHANGE,
        temporary=not request.Permanent,
    )
    status = Status.CONFIRMED if request.Permanent else Status.FORCE_CHANGE_PASSWORD
    now = call.clock.now()

    def work(tx: Tx) -> None:
        before = require_user_by_sub(tx, pool, user.sub)
        passwords.store(tx, before, made)
        # A code that is still out there would undo what the administrator decided.
        tx.codes.delete(pool.id, before.sub, CodePurpose.FORGOT_PASSWORD)
        tx.users.save(replace(before, status=status, modified=now))

    call.store.write(work)


def _current(tx: Tx, pool: Pool, username: str) -> tuple[User, Credential | None]:
    user = require_user(tx, pool, username)
    return user, tx.credentials.get(pool.id, user.sub)


@operation
def change_password(call: UserCall, request: shapes.ChangePasswordRequest) -> shapes.ChangePasswordResponse:
    """Change one's own password. Sessions stay valid."""
    caller = call.caller
    verification.count(call, caller.user, Attempt.CHANGE_PASSWORD)
    with auth_events.failing(call, caller.pool, caller.client, caller.user.sub, Kind.PASSWORD_CHANGE):
        passwords.settle(lambda: _change(call, request))
    return shapes.ChangePasswordResponse()


def _change(call: UserCall, request: shapes.ChangePasswordRequest) -> None:
    pool, user = call.caller.pool, call.caller.user
    previous = call.store.read(lambda tx: tx.credentials.get(pool.id, user.sub))
    _prove(call, pool, user, previous, request.PreviousPassword)
    client = call.caller.client
    risk = threats.new_password_risk(call, pool, client, request.ProposedPassword, PASSWORD_CHANGE)
    made = passwords.prepare(
        call, pool, user, previous, password=request.ProposedPassword, wording=Wording.CHANGE
    )
    event = auth_events.of(call, pool, client, user.sub, kind=Kind.PASSWORD_CHANGE, risk=risk)
    now = call.clock.now()

    def work(tx: Tx) -> None:
        before = require_user_by_sub(tx, pool, user.sub)
        passwords.store(tx, before, made)
        tx.users.save(replace(before, modified=now))
        auth_events.record(tx, event)

    call.store.write(work)


def _prove(
    call: AnyCall, pool: Pool, user: User, credential: Credential | None, previous: str | None
) -> None:
    """Check the previous password; only a user who has none may leave it out.

    Raises:
        NotAuthorizedException: it is wrong, or missing.
    """
    if credential is None and previous is None and user.status is not Status.EXTERNAL_PROVIDER:
        return
    if not call.services.passwords.verify(pool, user, credential, previous or ""):
        raise NotAuthorizedException("Incorrect username or password.")
