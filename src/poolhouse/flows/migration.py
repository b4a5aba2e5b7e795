"""UserMigration: an unknown user who signs in is taken over from elsewhere (digest «users» §5.10)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from poolhouse.domain import second_factors
from poolhouse.domain.aliases import EMAIL, PHONE, check_username
from poolhouse.domain.attributes import check_new_user_attributes
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.second_factors import SMS_MFA
from poolhouse.domain.user import Mfa, Status, User
from poolhouse.errors import (
    InvalidLambdaResponseException,
    ServiceError,
    UnexpectedLambdaException,
    UserLambdaValidationException,
    UsernameExistsException,
    UserNotFoundException,
)
from poolhouse.flows import creation, invitation
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import deliver
from poolhouse.store import Tx
from poolhouse.triggers import answers, events

_FAILURES = (UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException)


def configured(pool: Pool) -> bool:
    """Tell whether the pool takes users over."""
    return bool(pool.lambda_config.get("UserMigration"))


def migrate(
    call: AnyCall,
    pool: Pool,
    client: Client,
    *,
    typed: str,
    password: str,
    validation_data: Mapping[str, str] | None,
) -> bool:
    """Ask the trigger for a user, and create the one that it answers.

    The trigger checks the password; the pool's policy does not apply.

    Returns:
        Whether a user of that name and password was taken over.

    Raises:
        UserNotFoundException: the trigger failed, and the client may know who exists.
    """
    request = events.user_migration(password, validation_data, None)
    try:
        found = _ask(call, pool, client, typed=typed, event="Authentication", request=request)
    except _FAILURES as error:
        if client.hides_users:
            return False
        raise UserNotFoundException(f"Exception migrating user in app client {client.id}") from error
    return _create(call, pool, client, found, typed=typed, password=password)


def migrate_forgotten(
    call: AnyCall, pool: Pool, client: Client, *, typed: str, client_metadata: Mapping[str, str] | None
) -> bool:
    """Ask the trigger for a user who forgot the password, and create the one that it answers, without one.

    Returns:
        Whether a user of that name was taken over.

    Raises:
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: the trigger
            failed, and the client may know who exists.
    """
    request = events.user_migration(None, None, client_metadata)
    try:
        found = _ask(call, pool, client, typed=typed, event="ForgotPassword", request=request)
    except _FAILURES:
        if client.hides_users:
            return False
        raise
    return _create(call, pool, client, found, typed=typed, password="")


def _ask(
    call: AnyCall, pool: Pool, client: Client, *, typed: str, event: str, request: Mapping[str, Any]
) -> answers.UserMigration:
    response = call.services.triggers.fire(
        pool,
        "UserMigration",
        f"UserMigration_{event}",
        user_name=typed,
        client_id=client.id,
        request=request,
        response=events.USER_MIGRATION_RESPONSE,
        user_agent=call.user_agent,
    )
    return answers.read(response or {}, answers.UserMigration)


def _create(
    call: AnyCall, pool: Pool, client: Client, found: answers.UserMigration, *, typed: str, password: str
) -> bool:
    if not found.user_attributes:
        return False
    check_username(pool, typed)
    now = call.clock.now()
    sub = call.entropy.uuid()
    identity = creation.identify(pool, typed, sub)
    confirmed = found.final_user_status == Status.CONFIRMED
    attributes = check_new_user_attributes(
        pool, None, list(found.user_attributes.items()), identity.attributes
    )
    texts = (
        found.enable_sms_mfa and SMS_MFA in second_factors.enabled_in(pool) and bool(attributes.get(PHONE))
    )
    user = User(
        pool_id=pool.id,
        sub=sub,
        username=identity.username,
        status=Status.CONFIRMED if confirmed else Status.RESET_REQUIRED,
        enabled=True,
        mfa=second_factors.set_up(Mfa(), SMS_MFA) if texts else Mfa(),
        created=now,
        modified=now,
        attributes=attributes,
        identifier=identity.identifier,
    )
    credential = creation.credential(call, pool, user, password if confirmed else "")
    seize = (EMAIL, PHONE) if found.force_alias_creation else ()
    welcome = (
        []
        if found.message_action == "SUPPRESS"
        else invitation.owe(call, pool, user, found.desired_delivery_mediums or (), client_id=client.id)
    )

    def work(tx: Tx) -> None:
        creation.create(tx, pool, user, identity, credential, wording="", seize=seize)
        invitation.add(tx, welcome)

    try:
        call.store.write(work)
    except UsernameExistsException:  # an alias is another's, or another request took the same user over first
        return False
    for entry in welcome:
        with suppress(ServiceError):  # a greeting that fails is no reason to turn the user away
            deliver(call, pool, user, entry, None)
    return True
