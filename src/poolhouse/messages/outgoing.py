"""What a channel carries."""

from dataclasses import dataclass


class SendingError(Exception):
    """A message could not be handed over. The text says why, without the address or the message."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail, ready to send.

    Attributes:
        sender: `From`, with or without a display name.
        html: whether `body` is HTML; else it is plain text.
        identity_arn, configuration_set: SES's members of EmailConfiguration, or "".
        plain: beside HTML, the same in plain text for those who read that; "" where there is none.
    """

    sender: str
    to: str
    subject: str
    body: str
    html: bool
    reply_to: str = ""
    identity_arn: str = ""
    configuration_set: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message, ready to send; `to` is a number as E.164 writes it."""

    to: str
    body: str
