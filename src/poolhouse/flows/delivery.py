"""Sending what a committed transaction owes: the trigger is asked, the message composed and handed over.

The outbox row goes when the message is delivered. Where sending fails it stays, and `work/outbox.py` tries
again (digest «users» §4.1, §5.11).
"""

from collections.abc import Mapping

from poolhouse.domain.codes import Delivery, OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    InvalidLambdaResponseException,
    InvalidParameterException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
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
        client_metadata: for the CustomMessage trigger; stored nowhere.

    Raises:
        InvalidParameterException: it is an SMS, and the pool has no `SmsConfiguration`; it is dropped.
        CodeDeliveryFailureException: it could not be sent now; the outbox tries again.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: the
            CustomMessage trigger failed; the message is dropped.
        TooManyRequestsException: too many triggers are waited for; the outbox tries again.
    """
    try:
        require_channel(pool, entry.delivery)
    except InvalidParameterException:
        forget(call, entry)
        raise
    try:
        send(call, pool, user, entry, client_metadata)
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
    code = call.vault.open(outbox_place(entry.id), entry.sealed_code).decode()
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
            # A new address that waits for its code is shown as the message goes to it (digest «users» §2.10).
            events.user_attributes(pool, user) | {entry.delivery.attribute: entry.delivery.destination},
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
