"""A user's attributes: seven operations (digest «users» §2).

A change, the code that must verify it, the message that is owed and the moves of aliases are one unit of
work; the message itself leaves after the commit.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from poolhouse.domain import attributes as rules
from poolhouse.domain.client import Client
from poolhouse.domain.codes import Delivery, OutboxEntry
from poolhouse.domain.deliveries import MEDIUM, to_attribute
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import DEVELOPER
from poolhouse.domain.user import User
from poolhouse.errors import CodeDeliveryFailureException, InvalidParameterException, ServiceError
from poolhouse.flows import aliases, delivery, verification
from poolhouse.flows.call import AdminCall, AnyCall, UserCall
from poolhouse.flows.lookup import require_pool, require_user, require_user_by_sub
from poolhouse.flows.verification import Attempt
from poolhouse.operations.convert import attribute_list, code_delivery, mfa_options, pairs
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes

_UPDATE, _VERIFY = "UpdateUserAttribute", "VerifyUserAttribute"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose attributes are to change, and who asks: an app client, or (None) an administrator."""

    pool: Pool
    user: User
    client: Client | None


@operation
def get_user(call: UserCall, request: shapes.GetUserRequest) -> shapes.GetUserResponse:  # noqa: ARG001
    """Return the caller's attributes, those that the app client may read; `sub` first (digest «users» §2.12).

    The user was read when the token was checked: there is nothing more to ask the store.
    """
    user, client = call.caller.user, call.caller.client
    shown = attribute_list(user, lambda name: client.may_read(name) and not name.startswith(DEVELOPER))
    return shapes.GetUserResponse(
        Username=user.username,
        UserAttributes=shown,
        MFAOptions=mfa_options(user),
        PreferredMfaSetting=user.mfa.preferred or None,
        UserMFASettingList=list(user.mfa.enabled) or None,
    )


@operation
def update_user_attributes(
    call: UserCall, request: shapes.UpdateUserAttributesRequest
) -> shapes.UpdateUserAttributesResponse:
    """Change the caller's attributes; addresses are verified as the pool's settings say (digest «users» §2).

    Raises:
        InvalidParameterException, NotAuthorizedException: a rule of `domain.attributes` refuses.
        AliasExistsException: another user has that address as username.
        CodeDeliveryFailureException: a code could not be sent; what was stored stays.
    """
    sent = _update(call, _by_client(call), request.UserAttributes, request.ClientMetadata)
    # An empty list where no code was sent: every SDK reads it like a missing one (digest «users» §2.1).
    return shapes.UpdateUserAttributesResponse(CodeDeliveryDetailsList=[code_delivery(each) for each in sent])


@operation
def admin_update_user_attributes(
    call: AdminCall, request: shapes.AdminUpdateUserAttributesRequest
) -> shapes.AdminUpdateUserAttributesResponse:
    """Change any user's attributes, flags of verification among them (digest «users» §2.8).

    Raises:
        UserNotFoundException: there is no such user.
        InvalidParameterException: a rule of `domain.attributes` refuses.
        AliasExistsException: another user has that address as username.
    """
    asked = _by_administrator(call, request.UserPoolId, request.Username)
    with suppress(CodeDeliveryFailureException):  # not among this operation's errors: the outbox tries again
        _update(call, asked, request.UserAttributes, request.ClientMetadata)
    return shapes.AdminUpdateUserAttributesResponse()


@operation
def delete_user_attributes(
    call: UserCall, request: shapes.DeleteUserAttributesRequest
) -> shapes.DeleteUserAttributesResponse:
    """Remove attributes of the caller's (digest «users» §2.8).

    Raises:
        InvalidParameterException, NotAuthorizedException: a rule of `domain.attributes` refuses.
    """
    _delete(call, _by_client(call), request.UserAttributeNames)
    return shapes.DeleteUserAttributesResponse()


@operation
def admin_delete_user_attributes(
    call: AdminCall, request: shapes.AdminDeleteUserAttributesRequest
) -> shapes.AdminDeleteUserAttributesResponse:
    """Remove attributes of any user (digest «users» §2.8).

    Raises:
        UserNotFoundException: there is no such user.
        InvalidParameterException: a rule of `domain.attributes` refuses.
    """
    asked = _by_administrator(call, request.UserPoolId, request.Username)
    _delete(call, asked, request.UserAttributeNames)
    return shapes.AdminDeleteUserAttributesResponse()


@operation
def get_user_attribute_verification_code(
    call: UserCall, request: shapes.GetUserAttributeVerificationCodeRequest
) -> shapes.GetUserAttributeVerificationCodeResponse:
    """Send a code to an address that the caller has now, not to one that waits (digest «users» §2.7).

    Raises:
        InvalidParameterException: not an address, the caller has none, or the pool cannot send to it.
        LimitExceededException: too many codes in this hour.
        CodeDeliveryFailureException: it could not be sent now.
    """
    user, attribute = call.caller.user, request.AttributeName
    _check_verifiable(attribute)
    if not user.attributes.get(attribute):
        raise InvalidParameterException(f"User does not have a value for {attribute}.")
    code, destination = verification.draw(call), to_attribute(user, attribute)
    delivery.require_channel(call.caller.pool, destination)
    verification.count(call, user, Attempt.REQUEST)
    entry = _owe(call, _by_client(call), _VERIFY, destination, code)

    def work(tx: Tx) -> None:
        purpose = rules.VERIFY[attribute]
        verification.put(tx, call, user, purpose, delivery=destination, code=code)
        tx.outbox.add(entry)

    call.store.write(work)
    delivery.deliver(call, call.caller.pool, user, entry, request.ClientMetadata)
    return shapes.GetUserAttributeVerificationCodeResponse(CodeDeliveryDetails=code_delivery(destination))


@operation
def verify_user_attribute(
    call: UserCall, request: shapes.VerifyUserAttributeRequest
) -> shapes.VerifyUserAttributeResponse:
    """Take a code: the address it was sent to is verified, and stored if it was waiting («users» §2.7).

    Raises:
        InvalidParameterException: not an address.
        LimitExceededException: too many tries in this hour.
        CodeMismatchException, ExpiredCodeException: the code proves nothing.
        AliasExistsException: another user holds the address; the code stays good.
    """
    pool, attribute = call.caller.pool, request.AttributeName
    _check_verifiable(attribute)
    verification.count(call, call.caller.user, Attempt.VERIFY)
    purposes = (rules.UPDATE[attribute], rules.VERIFY[attribute])

    def work(tx: Tx) -> None:
        user = require_user_by_sub(tx, pool, call.caller.user.sub)
        code = verification.check(tx, call, user, purposes, request.Code)
        _save(tx, call, pool, user, rules.prove(user, code))

    call.store.write(work)
    return shapes.VerifyUserAttributeResponse()


def _by_client(call: UserCall) -> _Asked:
    return _Asked(call.caller.pool, call.caller.user, call.caller.client)


def _by_administrator(call: AdminCall, pool_id: str, username: str) -> _Asked:
    pool = require_pool(call, pool_id)
    return _Asked(pool, call.store.read(lambda tx: require_user(tx, pool, username)), None)


def _update(
    call: AnyCall,
    asked: _Asked,
    requested: list[shapes.AttributeType],
    client_metadata: dict[str, str] | None,
) -> list[Delivery]:
    """Do an update as `plan_update` decides, and send the codes; return where they went."""
    pool = asked.pool
    changes = pairs(requested)
    values = dict(changes)
    codes = {a: verification.draw(call) for a in rules.ADDRESSES if values.get(a)}
    entries = {
        a: _owe(call, asked, _UPDATE, Delivery(MEDIUM[a], a, values[a] or ""), code)
        for a, code in codes.items()
    }

    # The first run trusts what was read when the caller was checked: saving compares the version, and where
    # somebody else was faster the unit is run again on what is stored by then. That spares a statement.
    known = [asked.user]

    def work(tx: Tx) -> tuple[User, list[OutboxEntry]]:
        user = tx.users.trust(known.pop()) if known else require_user_by_sub(tx, pool, asked.user.sub)
        plan = rules.plan_update(pool, asked.client, user, changes)
        for kind, value in plan.free:
            aliases.require_free(tx, pool, user.sub, kind, value)
        saved = _save(tx, call, pool, user, plan.user, seize=plan.seize)
        owed = []
        for purpose, target in plan.send:
            entry = entries[target.attribute]
            verification.put(tx, call, user, purpose, delivery=target, code=codes[target.attribute])
            tx.outbox.add(entry)
            owed.append(entry)
        return saved, owed

    saved, owed = call.store.write(work)
    _deliver(call, pool, saved, owed, client_metadata)
    return [entry.delivery for entry in owed]


def _delete(call: AnyCall, asked: _Asked, names: list[str]) -> None:
    def work(tx: Tx) -> None:
        user = require_user_by_sub(tx, asked.pool, asked.user.sub)
        _save(tx, call, asked.pool, user, rules.plan_delete(asked.pool, asked.client, user, names))

    call.store.write(work)


def _save(
    tx: Tx, call: AnyCall, pool: Pool, before: User, after: User, *, seize: Collection[str] = ()
) -> User:
    """Save a changed user, and let the names they are found by follow."""
    now = call.clock.now()
    aliases.settle(tx, pool, before, after, now=now, seize=seize)
    return tx.users.save(replace(after, modified=now))


def _owe(call: AnyCall, asked: _Asked, source: str, destination: Delivery, code: str) -> OutboxEntry:
    client_id = asked.client.id if asked.client else ""
    return verification.owe(
        call, asked.user, source=source, delivery=destination, secret=code, client_id=client_id
    )


def _deliver(
    call: AnyCall,
    pool: Pool,
    user: User,
    owed: Sequence[OutboxEntry],
    client_metadata: dict[str, str] | None,
) -> None:
    """Send every message, then raise what the first that failed raised."""
    failures: list[ServiceError] = []
    for entry in owed:
        try:
            delivery.deliver(call, pool, user, entry, client_metadata)
        except ServiceError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def _check_verifiable(attribute: str) -> None:
    if attribute not in rules.ADDRESSES:
        raise InvalidParameterException(
            "Invalid attribute name. Only phone_number and email can be verified."
        )
