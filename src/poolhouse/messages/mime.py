"""A `Mail` as the bytes that mail servers carry."""

from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from poolhouse.messages.outgoing import Mail, SendingError


def build(mail: Mail, *, now: float, message_id: str) -> EmailMessage:
    """Return the message.

    The recipient is one address and nothing else: line breaks, commas and comments in it are refused, never
    interpreted. The library refuses line breaks in every header.

    Args:
        mail: what to send.
        now: seconds since the epoch.
        message_id: something unique, without an `@`.

    Raises:
        SendingError: an address or a header is not one.
    """
    message = EmailMessage(policy=SMTP)
    try:
        recipient = Address(addr_spec=mail.to)
        if recipient.addr_spec != mail.to:
            raise ValueError("not one address and nothing else")
        message["To"] = recipient
        message["From"] = mail.sender
        if mail.reply_to:
            message["Reply-To"] = mail.reply_to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
        message["Message-ID"] = f"<{message_id}@{_domain(message)}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body, subtype="html" if mail.html else "plain", cte="quoted-printable")
    except (ValueError, IndexError, MessageError, UnicodeError) as error:
        raise SendingError("an address or a header is malformed") from error
    return message


def _domain(message: EmailMessage) -> str:
    addresses = message["From"].addresses
    if len(addresses) != 1 or not addresses[0].domain:
        raise ValueError("From must be one address")
    return str(addresses[0].domain)
