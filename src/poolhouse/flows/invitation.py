"""Users that an administrator creates, and the invitation they get (digest «users» §3.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from poolhouse.domain import deliveries
from poolhouse.domain import passwords as password_rules
from poolhouse.domain.aliases import check_username
from poolhouse.domain.attributes import ADDRESSES, Changes, check_new_user_attributes
from poolhouse.domain.codes import OutboxEntry
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.errors import UnsupportedUserStateException
from poolhouse.flows import creation, passwords, verification
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import deliver
from poolhouse.flows.lookup import require_user, require_user_by_sub
from poolhouse.store import Tx
from poolhouse.triggers import events

_TAKEN = "User account already exists"
_ONE_TIME_CODES = frozenset({"EMAIL_OTP", "SMS_OTP"})


@dataclass(frozen=True, slots=True)
class Order:
    """What an administrator asks for.

    Attributes:
        password: the temporary password; None to have one generated. Where the pool signs in with one-time
            codes, None or a blank makes a user without one.
        suppress: send nothing.
        mediums: `DesiredDeliveryMediums`.
        force_aliases: take verified addresses from whoever holds them as aliases.
        validation_data, client_metadata: for triggers alone; neither is stored.
    """

    username: str
    attributes: Changes
    password: str | None = None
    suppress: bool = False
    mediums: Sequence[str] = ()
    force_aliases: bool = False
    validation_data: Mapping[str, str] | None = None
    client_metadata: Mapping[str, str] | None = None


def create(call: AnyCall, pool: Pool, order: Order) -> User:
    """Create a user, and invite them.

    Raises:
        InvalidParameterException: the username or an attribute breaks a rule.
        InvalidPasswordException: the temporary password breaks the policy.
        UsernameExistsException: somebody has the name, or a verified address that comes with it.
        CodeDeliveryFailureException: the invitation could not be sent; the user exists.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: a trigger
            failed; after CustomMessage's failure the user exists.
    """
    check_username(pool, order.username)
    sub = call.entropy.uuid()
    identity = creation.identify(pool, order.username, sub)
    # A pool that signs in with one-time codes generates no password: the user has none, and is complete.
    passwordless = not order.password and not pool.first_factors.isdisjoint(_ONE_TIME_CODES)
    given = check_new_user_attributes(
        pool, None, order.attributes, identity.attributes, complete=passwordless
    )
    if passwordless:
        creation.require_passwordless(pool, given)
    password = "" if passwordless else _temporary_password(call, pool, order)
    call.store.read(lambda tx: creation.refuse_taken(tx, pool, identity, wording=_TAKEN))
    request = events.pre_sign_up(given, order.validation_data, order.client_metadata)
    call.services.triggers.fire(
        pool,
        "PreSignUp",
        "PreSignUp_AdminCreateUser",
        user_name=identity.username,
        client_id=None,
        request=request,
        response=events.PRE_SIGN_UP_RESPONSE,
        user_agent=call.user_agent,
    )
    now = call.clock.now()
    user = User(
        pool_id=pool.id,
        sub=sub,
        username=identity.username,
        status=Status.FORCE_CHANGE_PASSWORD if password else Status.CONFIRMED,
        enabled=True,
        created=now,
        modified=now,
        attributes=given,
        identifier=identity.identifier,
    )
    credential = creation.credential(call, pool, user, password, temporary=True)
    entries = _invitations(call, pool, user, order, password)
    seize = ADDRESSES if order.force_aliases else ()

    def work(tx: Tx) -> None:
        creation.create(tx, pool, user, identity, credential, wording=_TAKEN, seize=seize)
        add(tx, entries)

    call.store.write(work)
    _deliver(call, pool, user, entries, order)
    return user


def invite_again(call: AnyCall, pool: Pool, order: Order) -> User:
    """Give a user who never signed in a new temporary password, valid anew, and send it (RESEND).

    Raises:
        UserNotFoundException: there is no such user.
        UnsupportedUserStateException: the user has a password of their own.
        InvalidPasswordException: the temporary password breaks the policy.
        CodeDeliveryFailureException: the invitation could not be sent; the password is set.
    """
    password = _temporary_password(call, pool, order)
    invited, entries = passwords.settle(lambda: _give_again(call, pool, order, password))
    _deliver(call, pool, invited, entries, order)
    return invited


def _give_again(call: AnyCall, pool: Pool, order: Order, password: str) -> tuple[User, Sequence[OutboxEntry]]:
    user = call.store.read(lambda tx: _invited(require_user(tx, pool, order.username)))
    previous = call.store.read(lambda tx: tx.credentials.get(pool.id, user.sub))
    made = passwords.prepare(
        call, pool, user, previous, password=password, wording=Wording.ADMIN_CREATE, temporary=True
    )
    entries = _invitations(call, pool, user, order, password)
    now = call.clock.now()

    def work(tx: Tx) -> User:
        before = _invited(require_user_by_sub(tx, pool, user.sub))
        passwords.store(tx, before, made)
        add(tx, entries)
        return tx.users.save(replace(before, modified=now))

    return call.store.write(work), entries


def _temporary_password(call: AnyCall, pool: Pool, order: Order) -> str:
    if order.password is None:
        return passwords.generate(call, pool)
    password_rules.check(pool.password_policy, order.password, Wording.ADMIN_CREATE)
    return order.password


def _invited(user: User) -> User:
    if user.status is not Status.FORCE_CHANGE_PASSWORD:
        raise UnsupportedUserStateException(
            f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        )
    return user


def _invitations(call: AnyCall, pool: Pool, user: User, order: Order, password: str) -> list[OutboxEntry]:
    return [] if order.suppress else owe(call, pool, user, order.mediums, password=password)


def owe(
    call: AnyCall,
    pool: Pool,
    user: User,
    mediums: Sequence[str],
    *,
    password: str = "",
    client_id: str = "",
) -> list[OutboxEntry]:
    """Return the invitations to a user, to be added in the unit of work that writes the user.

    Args:
        call: the request.
        pool: the user's.
        user: about to be written.
        mediums: `DesiredDeliveryMediums`.
        password: the temporary one; empty where there is none to tell.
        client_id: the app client; "" for an administrator's request.
    """
    life = password_rules.temporary_seconds(pool.password_policy)
    return [
        verification.owe(
            call,
            user,
            source="AdminCreateUser",
            delivery=delivery,
            secret=password,
            client_id=client_id,
            life=life,
        )
        for delivery in deliveries.invitation(user, mediums)
    ]


def add(tx: Tx, entries: Sequence[OutboxEntry]) -> None:
    """Add invitations to the outbox."""
    for entry in entries:
        tx.outbox.add(entry)


def _deliver(call: AnyCall, pool: Pool, user: User, entries: Sequence[OutboxEntry], order: Order) -> None:
    for entry in entries:
        deliver(call, pool, user, entry, order.client_metadata)
