"""Sign-up: a user registers, proves an address, and is confirmed (digest «users» §3.1 to §3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from poolhouse.domain import deliveries, standing
from poolhouse.domain import passwords as password_rules
from poolhouse.domain.aliases import EMAIL, PHONE, check_username
from poolhouse.domain.attributes import ADDRESSES, VERIFY, check_new_user_attributes, flag, prove
from poolhouse.domain.auth_events import NO_RISK, AuthEvent, Kind
from poolhouse.domain.client import Client
from poolhouse.domain.codes import CodePurpose, Delivery
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.risk_config import SIGN_UP
from poolhouse.domain.user import Status, User
from poolhouse.errors import (
    AliasExistsException,
    ExpiredCodeException,
    InvalidLambdaResponseException,
    InvalidParameterException,
    NotAuthorizedException,
)
from poolhouse.flows import aliases, auth_events, concealment, creation, threats, verification
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import deliver
from poolhouse.flows.lookup import require_user, require_user_by_sub
from poolhouse.flows.verification import Attempt
from poolhouse.store import Tx
from poolhouse.triggers import answers, events

_TAKEN = "User already exists"
_NOT_SENT = "Cannot resend codes. Auto verification not turned on."


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody registers with.

    Attributes:
        password: empty for an account without one.
        attributes: name and value in the order sent; a value may be missing.
        validation_data, client_metadata: for triggers alone; neither is stored.
    """

    username: str
    password: str
    attributes: Sequence[tuple[str, str | None]]
    validation_data: Mapping[str, str] | None = None
    client_metadata: Mapping[str, str] | None = None


def sign_up(
    call: AnyCall, pool: Pool, client: Client, registration: Registration
) -> tuple[User, Delivery | None]:
    """Register a user.

    Returns:
        The user, and where a code went; None where nothing was sent.

    Raises:
        NotAuthorizedException: only administrators create users here, or the client may not write an
            attribute.
        InvalidParameterException: the username or an attribute breaks a rule.
        InvalidPasswordException: the password breaks the pool's policy, or is compromised.
        UsernameExistsException: somebody has the name; said whether or not the client hides users.
        CodeDeliveryFailureException: the code could not be sent; the user exists.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: a trigger
            failed. After PreSignUp's failure there is no user; after another's there is.
    """
    threats.refuse_address(call, pool, client)
    if (pool.config.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        raise NotAuthorizedException("SignUp is not permitted for this user pool")
    check_username(pool, registration.username)
    sub = call.entropy.uuid()
    identity = creation.identify(pool, registration.username, sub)
    given = check_new_user_attributes(
        pool, client, registration.attributes, identity.attributes, complete=True
    )
    if registration.password:
        password_rules.check(pool.password_policy, registration.password, Wording.SIGN_UP)
        risk = threats.new_password_risk(call, pool, client, registration.password, SIGN_UP)
    else:
        risk = NO_RISK
        creation.require_passwordless(pool, given)
    call.store.read(lambda tx: creation.refuse_taken(tx, pool, identity, wording=_TAKEN))
    answer = _pre_sign_up(call, pool, client, registration, user_name=identity.username, given=given)
    now = call.clock.now()
    flags = {flag(attribute): "false" for attribute in ADDRESSES if attribute in given}
    user = User(
        pool_id=pool.id,
        sub=sub,
        username=identity.username,
        status=Status.CONFIRMED if answer.auto_confirm_user else Status.UNCONFIRMED,
        enabled=True,
        created=now,
        modified=now,
        attributes={**given, **flags, **_verified_by_trigger(answer, given)},
        identifier=identity.identifier,
    )
    event = auth_events.of(call, pool, client, sub, kind=Kind.SIGN_UP, risk=risk)
    delivery = _write(call, pool, client, registration, identity=identity, user=user, event=event)
    if answer.auto_confirm_user:
        tell_confirmed(call, pool, user, client.id, registration.client_metadata)
    return user, delivery


def _pre_sign_up(
    call: AnyCall,
    pool: Pool,
    client: Client,
    registration: Registration,
    *,
    user_name: str,
    given: Mapping[str, str],
) -> answers.PreSignUp:
    request = events.pre_sign_up(given, registration.validation_data, registration.client_metadata)
    response = call.services.triggers.fire(
        pool,
        "PreSignUp",
        "PreSignUp_SignUp",
        user_name=user_name,
        client_id=client.id,
        request=request,
        response=events.PRE_SIGN_UP_RESPONSE,
        user_agent=call.user_agent,
    )
    return answers.read(response or {}, answers.PreSignUp)


def _verified_by_trigger(answer: answers.PreSignUp, given: Mapping[str, str]) -> dict[str, str]:
    """Return the flags that PreSignUp's answer sets.

    Raises:
        InvalidLambdaResponseException: it verifies an address that there is not (digest «users» §5.5).
    """
    wanted = {EMAIL: answer.auto_verify_email, PHONE: answer.auto_verify_phone}
    verified = [attribute for attribute in ADDRESSES if wanted[attribute]]
    for attribute in verified:
        if attribute not in given:
            raise InvalidLambdaResponseException(f"{attribute} is required to be verified automatically")
    return {flag(attribute): "true" for attribute in verified}


def _write(
    call: AnyCall,
    pool: Pool,
    client: Client,
    registration: Registration,
    *,
    identity: creation.Identity,
    user: User,
    event: AuthEvent | None,
) -> Delivery | None:
    """Write the user, and what is owed to them, in one unit of work; then deliver."""
    credential = creation.credential(call, pool, user, registration.password)
    delivery = deliveries.verification(pool, user)
    code = verification.draw(call)
    entry = delivery and verification.owe(
        call, user, source="SignUp", delivery=delivery, secret=code, client_id=client.id
    )

    def work(tx: Tx) -> None:
        seize = [attribute for attribute in ADDRESSES if deliveries.is_verified(user, attribute)]
        creation.create(tx, pool, user, identity, credential, wording=_TAKEN, seize=seize)
        if delivery and entry:
            # A user whom the trigger confirmed has nothing to confirm: the code verifies the attribute.
            confirmed = user.status is Status.CONFIRMED
            purpose = VERIFY[delivery.attribute] if confirmed else CodePurpose.SIGN_UP
            verification.put(tx, call, user, purpose, delivery=delivery, code=code)
            tx.outbox.add(entry)
        auth_events.record(tx, event)

    call.store.write(work)
    if entry:
        deliver(call, pool, user, entry, registration.client_metadata)
    return delivery


def confirm(
    call: AnyCall,
    pool: Pool,
    client: Client,
    username: str,
    code: str,
    *,
    force_alias: bool = False,
    client_metadata: Mapping[str, str] | None = None,
) -> User:
    """Confirm a user by the code that was sent (ConfirmSignUp, and the confirmation link).

    Args:
        call: the request.
        pool: the pool.
        client: the app client.
        username: as typed.
        code: as typed.
        force_alias: take the address from whoever holds it as an alias.
        client_metadata: for the PostConfirmation trigger.

    Raises:
        UserNotFoundException: there is no such user, and the client may know.
        NotAuthorizedException: the user is not UNCONFIRMED; or the caller's address is locked.
        CodeMismatchException: the code is wrong.
        ExpiredCodeException: there is no such code any more; also for users that the client must not know to
            be none.
        AliasExistsException: another user holds the address; the code stays good.
        LimitExceededException: there were too many tries in this hour.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException:
            PostConfirmation failed; the user is confirmed.
    """
    threats.refuse_address(call, pool, client)
    now = call.clock.now()

    def work(tx: Tx, sub: str) -> User:
        before = _unconfirmed(require_user_by_sub(tx, pool, sub))
        taken = verification.check(tx, call, before, [CodePurpose.SIGN_UP], code)
        after = replace(prove(before, taken), status=Status.CONFIRMED, modified=now)
        try:
            aliases.settle(tx, pool, before, after, now=now, seize={taken.attribute} if force_alias else ())
        except AliasExistsException as error:
            # The wording of this operation differs from that of all others (digest «users» §3.2).
            raise AliasExistsException(f"An account with the {taken.attribute} already exists.") from error
        return tx.users.save(after)

    with call.services.addresses.watched(call, pool, client):
        found = concealment.find(call, pool, client, username)
        verification.count(call, found or concealment.stand_in(call, pool, username).user, Attempt.CONFIRM)
        if found is None:
            raise ExpiredCodeException(verification.NO_CODE)
        user = call.store.write(lambda tx: work(tx, found.sub))
    return tell_confirmed(call, pool, user, client.id, client_metadata)


def confirm_by_admin(
    call: AnyCall, pool: Pool, username: str, client_metadata: Mapping[str, str] | None
) -> User:
    """Confirm a user without a code; no address is verified by it (AdminConfirmSignUp).

    Raises:
        UserNotFoundException: there is no such user.
        NotAuthorizedException: the user is not UNCONFIRMED.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException:
            PostConfirmation failed; the user is confirmed.
    """
    now = call.clock.now()

    def work(tx: Tx) -> User:
        user = _unconfirmed(require_user(tx, pool, username))
        tx.codes.delete(pool.id, user.sub, CodePurpose.SIGN_UP)
        return tx.users.save(replace(user, status=Status.CONFIRMED, modified=now))

    return tell_confirmed(call, pool, call.store.write(work), None, client_metadata)


def _unconfirmed(user: User) -> User:
    if user.status is not Status.UNCONFIRMED:
        raise NotAuthorizedException(f"User cannot be confirmed. Current status is {user.status}")
    return user


def tell_confirmed(
    call: AnyCall, pool: Pool, user: User, client_id: str | None, client_metadata: Mapping[str, str] | None
) -> User:
    """Tell the PostConfirmation trigger. Its failure is reported, and changes nothing."""
    call.services.triggers.fire(
        pool,
        "PostConfirmation",
        "PostConfirmation_ConfirmSignUp",
        user_name=user.username,
        client_id=client_id,
        request=events.post_confirmation(events.user_attributes(pool, user), client_metadata),
        response={},
        user_agent=call.user_agent,
    )
    return user


def resend(
    call: AnyCall,
    pool: Pool,
    client: Client,
    username: str,
    client_metadata: Mapping[str, str] | None = None,
) -> Delivery:
    """Send a new sign-up code; an earlier one is good no more.

    Returns:
        Where the code went. Where the client must not know who exists, also where it would have gone for
        somebody unknown, disabled, confirmed or without an address (digest «users» §3.3, §3.7).

    Raises:
        UserNotFoundException: there is no such user, and the client may know.
        NotAuthorizedException: the user is disabled.
        InvalidParameterException: the user is confirmed, or there is no address to verify.
        LimitExceededException: there were too many codes in this hour.
        CodeDeliveryFailureException: the code could not be sent, and the client may know.
    """
    threats.refuse_address(call, pool, client)
    if not pool.auto_verified:
        raise InvalidParameterException(_NOT_SENT)
    user = concealment.find(call, pool, client, username)
    delivery = _resendable(pool, client, user)
    usable = [attribute for attribute in (PHONE, EMAIL) if attribute in pool.auto_verified]
    addressee = concealment.addressee(
        call, pool, client, username, user=user, delivery=delivery, usable=usable
    )
    code = verification.draw(call)
    verification.count(call, addressee.user, Attempt.RESEND)
    entry = verification.owe(
        call,
        addressee.user,
        source="ResendCode",
        delivery=addressee.delivery,
        secret=code,
        client_id=client.id,
    )
    event = auth_events.of(call, pool, client, addressee.user.sub, kind=Kind.RESEND_CODE)

    def work(tx: Tx) -> None:
        purpose = CodePurpose.SIGN_UP
        verification.put(tx, call, addressee.user, purpose, delivery=addressee.delivery, code=code)
        tx.outbox.add(entry)
        auth_events.record(tx, event)

    call.store.write(work)
    concealment.tell(call, pool, client, addressee, entry=entry, client_metadata=client_metadata)
    return addressee.delivery


def _resendable(pool: Pool, client: Client, user: User | None) -> Delivery | None:
    """Return where a new code goes; None where the client must not know why there is none."""
    delivery = deliveries.verification(pool, user) if user else None
    if user and user.enabled and user.status is Status.UNCONFIRMED and delivery:
        return delivery
    if user is None or client.hides_users:
        return None
    standing.refuse_disabled(user)
    if user.status is not Status.UNCONFIRMED:
        raise InvalidParameterException("User is already confirmed.")
    raise InvalidParameterException(_NOT_SENT)
