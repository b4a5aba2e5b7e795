"""Sending what a committed transaction owes: the trigger is asked, the message composed and handed over.

The outbox row goes when the message is delivered. Where sending fails it stays, and `work/outbox.py` tries
again (digest «users» §4.1, §5.11). A pool's own sender takes the place of trigger, template and server; it is
told after the answer, and what becomes of that the caller does not hear (§5.12).
"""

from collections.abc import Callable, Mapping

from poolhouse.domain.codes import Delivery, OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    InvalidLambdaResponseException,
    InvalidParameterException,
    ServiceError,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.flows import custom_sender, logs, notifications
from poolhouse.flows.call import AnyCall
from poolhouse.flows.hosts import base_url
from poolhouse.flows.verification import outbox_place
from poolhouse.messages import compose
from poolhouse.messages.compose import INVITATION, CustomTexts, Template, Values
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.observe import Log
from poolhouse.triggers import answers, events

_log = Log()
_NO_SMS = "User pool does not have SMS configuration to send messages."
_TRIGGER_FAILED = (
    UserLambdaValidationException,
    UnexpectedLambdaException,
    InvalidLambdaResponseException,
)


def deliver(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    """Deliver a message. No transaction may be open.

    Args:
        call: the request, or the outbox's worker.
        pool: the user's pool.
        user: as stored with the transaction that owes the message.
        entry: the message.
        client_metadata: for the trigger; stored nowhere.

    Raises:
        InvalidParameterException: it is an SMS, and the pool has no `SmsConfiguration`; it is dropped.
        CodeDeliveryFailureException: it could not be sent now; the outbox tries again.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: the
            CustomMessage trigger failed; the message is dropped.
        TooManyRequestsException: too many triggers are waited for; the outbox tries again.
    """
    if custom_sender.takes(pool, entry.delivery):
        require_channel(pool, entry.delivery)
        after_the_answer(call, lambda: deliver_now(call, pool, user, entry, client_metadata))
    else:
        deliver_now(call, pool, user, entry, client_metadata)


def deliver_now(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    """Deliver a message like `deliver`, and wait for the pool's own sender too.

    Raises:
        CodeDeliveryFailureException: that sender failed; the outbox tries again. Otherwise as `deliver`.
    """
    try:
        require_channel(pool, entry.delivery)
    except InvalidParameterException:
        forget(call, entry)
        raise
    try:
        _send_now(call, pool, user, entry, client_metadata)
    except _TRIGGER_FAILED:
        forget(call, entry)
        raise
    forget(call, entry)


def send(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    """Send a message that is owed by nothing stored: nobody tries again. Otherwise like `deliver`."""

    def now() -> None:
        _send_now(call, pool, user, entry, client_metadata)

    if not (custom_sender.takes(pool, entry.delivery) and after_the_answer(call, now)):
        now()


def after_the_answer(call: AnyCall, act: Callable[[], None]) -> bool:
    """Have the couriers do what the caller is to hear nothing of; failures are for the log.

    Returns:
        False where too much waits for them already.
    """

    def unheard() -> None:
        try:
            act()
        except ServiceError as error:
            _log.warning("delivery_failed", reason=type(error).__name__)

    return call.services.couriers.hand_over(unheard)


def _send_now(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    try:
        _hand_over(call, pool, user, entry, client_metadata)
    except ServiceError as error:
        logs.message_failed(call, pool, entry, error)
        raise


def _hand_over(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    code = call.vault.open(outbox_place(entry.id), entry.sealed_code).decode()
    notice = entry.source == notifications.SOURCE
    if custom_sender.takes(pool, entry.delivery):
        custom_sender.tell(
            call,
            pool,
            user,
            entry,
            secret="" if notice else code,
            attributes=notifications.attributes(call, pool, user, code)
            if notice
            else _attributes(pool, user, entry),
            client_metadata=client_metadata,
        )
        return
    if notice:
        _send(call, notifications.mail(call, pool, user, entry, code))
        return
    invitation = entry.source == INVITATION
    template = _template(
        call, pool, user, entry, client_metadata=client_metadata, passwordless=invitation and not code
    )
    if invitation and code and "{####}" not in template.body:
        # The service delivers no invitation that would not tell the password (digest «users» §3.5).
        _log.warning("invitation_without_password", pool=pool.id)
    else:
        _send(call, _message(call, pool, user, entry, template=template, code=code))


def require_channel(pool: Pool, delivery: Delivery) -> None:
    """Refuse a delivery for which the pool has no means.

    Raises:
        InvalidParameterException: it is an SMS, and the pool has no `SmsConfiguration`.
    """
    if delivery.medium == "SMS" and not pool.sends_texts:
        raise InvalidParameterException(_NO_SMS)


def _template(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    *,
    client_metadata: Mapping[str, str] | None,
    passwordless: bool,
) -> Template:
    medium, invitation = entry.delivery.medium, entry.source == INVITATION
    template = compose.template(pool, entry.source, medium, passwordless=passwordless)
    response = call.services.triggers.fire(
        pool,
        "CustomMessage",
        f"CustomMessage_{entry.source}",
        user_name=user.username,
        client_id=entry.client_id or None,
        request=events.custom_message(
            _attributes(pool, user, entry),
            client_metadata,
            link_text=compose.link_text(pool),
            invitation=invitation,
        ),
        response=events.CUSTOM_MESSAGE_RESPONSE,
        user_agent=call.user_agent,
    )
    if response is None:
        return template
    answer = answers.read(response, answers.CustomMessage)
    texts = CustomTexts(answer.sms_message, answer.email_message, answer.email_subject)
    return compose.customise(template, texts, medium=medium, invitation=invitation)


def _attributes(pool: Pool, user: User, entry: OutboxEntry) -> dict[str, str]:
    """Return the user's attributes: a new address that waits for its code is shown (digest «users» §2.10)."""
    return events.user_attributes(pool, user) | {entry.delivery.attribute: entry.delivery.destination}


def _message(
    call: AnyCall, pool: Pool, user: User, entry: OutboxEntry, *, template: Template, code: str
) -> Mail | Sms:
    # An invitation names what the person signs in with: where that is an address, not the username behind it.
    sign_in_name = user.attributes.get(user.identifier, user.username)
    wants_link = compose.wants_link(pool, entry.source, entry.delivery.medium)
    values = Values(
        code=code,
        username=sign_in_name if entry.source == INVITATION else "",
        link=compose.confirmation_link(
            base_url(call.settings, pool) or call.settings.public_url, entry.client_id, user.username, code
        )
        if wants_link
        else "",
    )
    if entry.delivery.medium == "SMS":
        return compose.sms(entry.delivery, template, values)
    return compose.mail(pool, entry.delivery, template, values, call.settings.messages.sender)


def _send(call: AnyCall, message: Mail | Sms) -> None:
    try:
        call.services.channels.send(message)
    except SendingError as error:
        raise CodeDeliveryFailureException("Failed to deliver the message.") from error


def forget(call: AnyCall, entry: OutboxEntry) -> None:
    """Take a message out of the outbox, delivered or worthless."""
    call.store.write(lambda tx: tx.outbox.delete(entry.pool_id, entry.id))
