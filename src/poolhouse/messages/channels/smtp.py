"""E-mail through an SMTP server: STARTTLS or TLS with verification, AUTH, time limits."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable

from poolhouse.messages import mime
from poolhouse.messages.outgoing import Mail, SendingError
from poolhouse.settings import Messages, SettingsError
from poolhouse.world import Clock, Entropy


def sender(settings: Messages, clock: Clock, entropy: Entropy) -> Callable[[Mail], None]:
    """Return the sender; each message has a connection of its own.

    Raises:
        SettingsError: the authority's file cannot be read, or a password would travel in the clear.
    """
    if settings.smtp_user and settings.smtp_security == "none":
        raise SettingsError('messages.smtp_user needs smtp_security "starttls" or "tls"')
    context = _tls(settings)

    def send(mail: Mail) -> None:
        message = mime.build(mail, now=clock.now(), message_id=entropy.uuid())
        try:
            server = _connect(settings, context)
            try:
                server.send_message(message, to_addrs=[mail.to])
            finally:
                # The message is taken or refused by now; a server that does not say good-bye changes nothing.
                with contextlib.suppress(OSError):
                    server.quit()
                server.close()
        except (OSError, ValueError) as error:  # SMTPException is an OSError
            raise SendingError(f"SMTP: {_describe(error)}") from error

    return send


def _tls(settings: Messages) -> ssl.SSLContext | None:
    if settings.smtp_security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca or None)
    except OSError as error:
        raise SettingsError(f"messages.smtp_ca: {error}") from error


def _connect(settings: Messages, context: ssl.SSLContext | None) -> smtplib.SMTP:
    where = (settings.smtp_host, settings.smtp_port, socket.gethostname())
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(*where, timeout=settings.timeout_seconds, context=context)
    else:
        server = smtplib.SMTP(*where, timeout=settings.timeout_seconds)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def _describe(error: Exception) -> str:
    """Name the failure. The server's own text stays out: it often repeats the recipient."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    return type(error).__name__ + (f" {code}" if code else "")
