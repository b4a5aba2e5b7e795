"""How messages leave: one sender of e-mails and one of texts, chosen by `[messages]`.

To add a channel: a module with `sender(…)` returning a function of `Mail` or `Sms` that raises
`SendingError`, its name in `settings.Messages`, and a row below.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from poolhouse.messages.channels import folder, ses, smtp, sns
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.observe import Log
from poolhouse.outbound.aws import AwsClients
from poolhouse.outbound.faults import Faults
from poolhouse.outbound.slots import NoSlotError, Slots
from poolhouse.settings import Messages, Settings
from poolhouse.world import Clock, Entropy

_log = Log()

_Sendable = TypeVar("_Sendable", Mail, Sms)
_MailSender = Callable[[Mail], None]
_SmsSender = Callable[[Sms], None]

_STEPS = 3
"""A message that takes longer than so many of its steps may is waited for no more."""


class Channels:
    """The senders of this server. At most a quarter of its threads wait in here at a time.

    Attributes:
        faults: failures that a test asks for.
    """

    def __init__(self, settings: Settings, clock: Clock, entropy: Entropy) -> None:
        """Prepare the senders.

        Raises:
            SettingsError: they cannot work as set.
        """
        self.faults = Faults()
        messages = settings.messages
        self._resources = ExitStack()
        self._slots = Slots("message", max(1, settings.server.threads // 4))
        self._seconds = _STEPS * messages.timeout_seconds
        aws = self._resources.enter_context(AwsClients(settings.aws, settings.server.region))
        box = folder.Folder(settings.outbox_folder, clock, entropy)
        emails: dict[str, Callable[[], _MailSender]] = {
            "folder": lambda: box.send_mail,
            "smtp": lambda: self._bounded(smtp.sender(messages, clock, entropy)),
            "ses": lambda: self._bounded(ses.sender(messages, aws)),
            "none": lambda: _no_mail,
        }
        texts: dict[str, Callable[[], _SmsSender]] = {
            "folder": lambda: box.send_sms,
            "sns": lambda: self._bounded(sns.sender(messages, aws)),
            "twilio": lambda: self._bounded(_twilio(messages, self._resources)),
            "none": lambda: _no_sms,
        }
        self._send_mail = emails[messages.email]()
        self._send_sms = texts[messages.sms]()

    def _bounded(self, sender: Callable[[_Sendable], None]) -> Callable[[_Sendable], None]:
        """Return a sender that keeps few threads waiting, and none for long, whatever the other side does."""

        def send(message: _Sendable) -> None:
            try:
                self._slots.run(lambda: sender(message), self._seconds)
            except NoSlotError as error:
                raise SendingError("too many messages are on their way") from error
            except TimeoutError as error:
                raise SendingError("it took too long") from error

        return send

    def close(self) -> None:
        """Close what is open towards the servers."""
        self._resources.close()

    def send(self, message: Mail | Sms) -> None:
        """Hand a message over.

        Raises:
            SendingError: it was not taken.
        """
        try:
            if self.faults.take():
                raise SendingError("a test asked for it")
            if isinstance(message, Mail):
                self._send_mail(message)
            else:
                self._send_sms(message)
        except SendingError as error:
            _log.warning("message_not_sent", kind=type(message).__name__, reason=str(error))
            raise


def _twilio(messages: Messages, resources: ExitStack) -> _SmsSender:
    from poolhouse.messages.channels import twilio  # noqa: PLC0415 (its HTTP client is slow to import)

    return twilio.sender(messages, resources)


def _no_mail(_mail: Mail) -> None:
    raise SendingError('no e-mail channel is configured: set `email` in [messages] to "smtp" or "ses"')


def _no_sms(_sms: Sms) -> None:
    raise SendingError('no SMS channel is configured: set `sms` in [messages] to "sns" or "twilio"')
