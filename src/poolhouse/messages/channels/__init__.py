"""How messages leave: one sender of e-mails and one of texts, chosen by `[messages]`.

To add a channel: a module with `sender(…)` returning a function of `Mail` or `Sms` that raises
`SendingError`, its name in `settings.Messages`, and a row below.
"""

from collections.abc import Callable
from contextlib import ExitStack

from poolhouse.messages.channels import folder, ses, smtp, sns
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.observe import Log
from poolhouse.outbound.aws import AwsClients
from poolhouse.settings import Messages, Settings
from poolhouse.world import Clock, Entropy

_log = Log()

_MailSender = Callable[[Mail], None]
_SmsSender = Callable[[Sms], None]


class Channels:
    """The senders of this server."""

    def __init__(self, settings: Settings, clock: Clock, entropy: Entropy) -> None:
        """Prepare the senders.

        Raises:
            SettingsError: they cannot work as set.
        """
        messages = settings.messages
        self._resources = ExitStack()
        aws = self._resources.enter_context(AwsClients(settings.aws, settings.server.region))
        box = folder.Folder(settings.outbox_folder, clock, entropy)
        emails: dict[str, Callable[[], _MailSender]] = {
            "folder": lambda: box.send_mail,
            "smtp": lambda: smtp.sender(messages, clock, entropy),
            "ses": lambda: ses.sender(messages, aws),
            "none": lambda: _no_mail,
        }
        texts: dict[str, Callable[[], _SmsSender]] = {
            "folder": lambda: box.send_sms,
            "sns": lambda: sns.sender(messages, aws),
            "twilio": lambda: _twilio(messages, self._resources),
            "none": lambda: _no_sms,
        }
        self._send_mail = emails[messages.email]()
        self._send_sms = texts[messages.sms]()

    def close(self) -> None:
        """Close what is open towards the servers."""
        self._resources.close()

    def send(self, message: Mail | Sms) -> None:
        """Hand a message over.

        Raises:
            SendingError: it was not taken.
        """
        try:
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
