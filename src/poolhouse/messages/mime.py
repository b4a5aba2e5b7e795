"""A `Mail` as the bytes that mail servers carry."""

import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from poolhouse.messages.outgoing import Mail, SendingError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def build(mail: Mail, *, now: float, message_id: str) -> EmailMessage:
    """Return the message.

    The recipient is one address and nothing else: line breaks, commas and comments in it are refused, never
    interpreted.

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
        if mail.plain:
            message.set_content(mail.plain, cte="quoted-printable")
        add = message.add_alternative if mail.plain else message.set_content
        add(mail.body, subtype="html" if mail.html else "plain", cte="quoted-printable")
        _refuse_line_breaks(message)
        message.as_bytes()  # some headers can be set and not written; better known here than while sending
    except (ValueError, IndexError, AttributeError, MessageError, UnicodeError) as error:
        # The library's address parser trips over some malformed addresses (`.:`) instead of refusing them.
        raise SendingError("an address or a header is malformed") from error
    return message


def _refuse_line_breaks(message: EmailMessage) -> None:
    """Refuse control characters in headers as they were understood, not only as they were given.

    The library refuses plain line breaks itself, but decodes `=?utf-8?q?=0D=0ABcc:…?=` and would write what
    that holds as a header of its own.
    """
    if any(_CONTROL.search(value) for value in message.values()):
        raise ValueError("a control character in a header")


def _domain(message: EmailMessage) -> str:
    addresses = message["From"].addresses
    if len(addresses) != 1 or not addresses[0].domain:
        raise ValueError("From must be one address")
    return str(addresses[0].domain)
