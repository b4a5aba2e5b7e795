"""Forgotten passwords: a code to a verified address, and a new password for it (digest «users» §3.9)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from poolhouse.domain import deliveries, second_factors, standing
from poolhouse.domain.auth_events import Kind, Response
from poolhouse.domain.client import Client
from poolhouse.domain.codes import LIFE_SECONDS, CodePurpose, Delivery, OutboxEntry
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.risk_config import PASSWORD_CHANGE
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    CodeMismatchException,
    InvalidParameterException,
    NotAuthorizedException,
)
from poolhouse.flows import auth_events, concealment, migration, passwords, threats, verification
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import deliver
from poolhouse.flows.lookup import find_user, require_user, require_user_by_sub
from poolhouse.flows.verification import Attempt
from poolhouse.store import Tx
from poolhouse.triggers import events

_PURPOSE = CodePurpose.FORGOT_PASSWORD
_WRONG_STATE = "User password cannot be reset in the current state."
_NO_ADDRESS = "Cannot reset password for the user as there is no registered/verified email or phone_number"


def begin(
    call: AnyCall,
    pool: Pool,
    client: Client,
    username: str,
    client_metadata: Mapping[str, str] | None = None,
    *,
    conceals_state: bool = False,
) -> Delivery:
    """Send a code for a new password (ForgotPassword). The old password stays good until the code is used.

    Args:
        call: the request.
        pool: the pool.
        client: the app client.
        username: as typed.
        client_metadata: for triggers.
        conceals_state: whether users without a password to reset are treated as nobody, too; the operation
            tells their state even to clients that must not know who exists.

    Returns:
        Where the code went. Where the client must not know who exists, also where it would have gone for
        somebody unknown, disabled or without a verified address.

    Raises:
        NotAuthorizedException: only administrators reset passwords here, or the user is disabled or in a
            state that has no password to reset.
        UserNotFoundException: there is no such user, and the client may know.
        InvalidParameterException: the user has no verified address that recovers a password.
        LimitExceededException: there were too many requests in this hour.
        CodeDeliveryFailureException: the code could not be sent, and the client may know.
    """
    threats.refuse_address(call, pool, client)
    _refuse_admin_only(pool)
    if migration.configured(pool) and not call.store.read(lambda tx: find_user(tx, pool, username)):
        migration.migrate_forgotten(call, pool, client, typed=username, client_metadata=client_metadata)
    user = concealment.find(call, pool, client, username)
    delivery = _recoverable(pool, client, user, conceals_state=conceals_state)
    addressee = concealment.addressee(
        call,
        pool,
        client,
        username,
        user=user,
        delivery=delivery,
        usable=deliveries.plausible_recovery(pool),
    )
    code = verification.draw(call)
    verification.count(call, addressee.user, Attempt.FORGOT)
    entry = _owe(call, addressee.user, addressee.delivery, code, client_id=client.id)

    event = auth_events.of(
        call, pool, client, addressee.user.sub, kind=Kind.FORGOT_PASSWORD, response=Response.IN_PROGRESS
    )

    def work(tx: Tx) -> None:
        _put(tx, call, addressee.user, addressee.delivery, code)
        tx.outbox.add(entry)
        auth_events.record(tx, event)

    call.store.write(work)
    concealment.tell(call, pool, client, addressee, entry=entry, client_metadata=client_metadata)
    return addressee.delivery


def finish(
    call: AnyCall,
    pool: Pool,
    client: Client,
    username: str,
    *,
    code: str,
    password: str,
    client_metadata: Mapping[str, str] | None = None,
) -> None:
    """Set a new password by the code that was sent (ConfirmForgotPassword). Tokens stay good.

    Args:
        call: the request.
        pool: the pool.
        client: the app client.
        username: as typed.
        code: as typed.
        password: the new one.
        client_metadata: for the PostConfirmation trigger.

    Raises:
        UserNotFoundException: there is no such user, and the client may know.
        NotAuthorizedException: the user is disabled, and the client may know.
        CodeMismatchException: the code is wrong.
        ExpiredCodeException: none was requested, or it is too old.
        InvalidPasswordException: the password breaks the policy, or is compromised; the code stays good.
        PasswordHistoryPolicyViolationException: it is one of the user's last; the code stays good.
        LimitExceededException: there were too many tries in this hour.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException:
            PostConfirmation failed; the password is set.
    """
    threats.refuse_address(call, pool, client)
    user = concealment.find(call, pool, client, username)
    if user and not client.hides_users:
        standing.refuse_disabled(user)
    if user is None or (client.hides_users and not (user.enabled and _address(pool, user))):
        nobody = concealment.stand_in(call, pool, username, deliveries.plausible_recovery(pool)).user
        verification.count(call, nobody, Attempt.FORGOT)
        with auth_events.failing(call, pool, client, nobody.sub, Kind.FORGOT_PASSWORD):
            call.store.read(lambda tx: verification.match(tx, call, nobody, [_PURPOSE], code))
            raise CodeMismatchException(verification.MISMATCH)  # even if guessed, it is nobody's
    verification.count(call, user, Attempt.FORGOT)
    with auth_events.failing(call, pool, client, user.sub, Kind.FORGOT_PASSWORD):
        changed = passwords.settle(lambda: _set(call, pool, client, user, code=code, password=password))
    call.services.triggers.fire(
        pool,
        "PostConfirmation",
        "PostConfirmation_ConfirmForgotPassword",
        user_name=changed.username,
        client_id=client.id,
        request=events.post_confirmation(events.user_attributes(pool, changed), client_metadata),
        response={},
        user_agent=call.user_agent,
    )


def _set(call: AnyCall, pool: Pool, client: Client, user: User, *, code: str, password: str) -> User:
    """Set the password and use the code up."""
    # Looked at before the history is: only who holds the code may learn about earlier passwords.
    previous = call.store.read(lambda tx: _proven(tx, call, user, code))
    risk = threats.new_password_risk(call, pool, client, password, PASSWORD_CHANGE)
    made = passwords.prepare(call, pool, user, previous, password=password, wording=Wording.CHANGE)
    event = auth_events.of(call, pool, client, user.sub, kind=Kind.FORGOT_PASSWORD, risk=risk)
    now = call.clock.now()

    def work(tx: Tx) -> User:
        before = require_user_by_sub(tx, pool, user.sub)
        verification.check(tx, call, before, [_PURPOSE], code)
        passwords.store(tx, before, made)
        auth_events.record(tx, event)
        return tx.users.save(replace(before, status=Status.CONFIRMED, modified=now))

    return call.store.write(work)


def reset_by_admin(
    call: AnyCall, pool: Pool, username: str, client_metadata: Mapping[str, str] | None = None
) -> None:
    """Make a user choose another password, and send the code for it (AdminResetUserPassword).

    The old password is good no more. A message that cannot be sent now is tried again from the outbox: this
    operation has no error for it.

    Raises:
        UserNotFoundException: there is no such user.
        NotAuthorizedException: only administrators reset passwords here, or the user is disabled or in a
            state that has no password to reset.
        InvalidParameterException: the user has no verified address that recovers a password.
    """
    _refuse_admin_only(pool)
    user = call.store.read(lambda tx: require_user(tx, pool, username))
    delivery = _resettable(pool, user)
    code = verification.draw(call)
    entry = _owe(call, user, delivery, code, client_id="")
    now = call.clock.now()

    def work(tx: Tx) -> User:
        before = require_user_by_sub(tx, pool, user.sub)
        _resettable(pool, before)
        _put(tx, call, before, delivery, code)
        tx.outbox.add(entry)
        return tx.users.save(replace(before, status=Status.RESET_REQUIRED, modified=now))

    reset = call.store.write(work)
    with suppress(CodeDeliveryFailureException):
        deliver(call, pool, reset, entry, client_metadata)


def _refuse_admin_only(pool: Pool) -> None:
    if not deliveries.recovery_attributes(pool):
        raise NotAuthorizedException("Contact administrator to reset password.")


def _address(pool: Pool, user: User) -> Delivery | None:
    """Return where a code to recover the password goes: to no address that is the second factor."""
    return deliveries.recovery(pool, user, second_factors.serving(pool, user))


def _recoverable(pool: Pool, client: Client, user: User | None, *, conceals_state: bool) -> Delivery | None:
    """Return where the code goes; None where the client must not know why there is none."""
    if user is None:
        return None
    if not client.hides_users:
        standing.refuse_disabled(user)
    if user.enabled and user.status in {Status.FORCE_CHANGE_PASSWORD, Status.EXTERNAL_PROVIDER}:
        if conceals_state:
            return None
        raise NotAuthorizedException(_WRONG_STATE)
    delivery = _address(pool, user)
    if delivery is None and not client.hides_users:
        raise InvalidParameterException(_NO_ADDRESS)
    return delivery if user.enabled else None


def _resettable(pool: Pool, user: User) -> Delivery:
    if not user.enabled:
        raise NotAuthorizedException("User is disabled")
    if user.status not in {Status.CONFIRMED, Status.RESET_REQUIRED}:
        raise NotAuthorizedException(_WRONG_STATE)
    delivery = _address(pool, user)
    if delivery is None:
        raise InvalidParameterException(_NO_ADDRESS)
    return delivery


def _proven(tx: Tx, call: AnyCall, user: User, code: str) -> Credential | None:
    """Return what the code may replace, once it is the right one."""
    verification.match(tx, call, user, [_PURPOSE], code)
    return tx.credentials.get(user.pool_id, user.sub)


def _put(tx: Tx, call: AnyCall, user: User, delivery: Delivery, code: str) -> None:
    verification.put(tx, call, user, _PURPOSE, delivery=delivery, code=code)


def _owe(call: AnyCall, user: User, delivery: Delivery, code: str, *, client_id: str) -> OutboxEntry:
    return verification.owe(
        call,
        user,
        source="ForgotPassword",
        delivery=delivery,
        secret=code,
        client_id=client_id,
        life=LIFE_SECONDS[_PURPOSE],
    )
