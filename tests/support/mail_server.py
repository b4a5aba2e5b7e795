"""A real SMTP server on loopback that keeps what arrives, with TLS and AUTH if a test wants them."""

# ruff: noqa: ARG002, N802 (aiosmtpd names its handlers)

import email
import email.policy
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Inbox:
    """aiosmtpd's handler: keeps what arrives."""

    def __init__(self, *, refuse: str = "") -> None:
        self.envelopes = []
        self.sessions = []
        self.refuse = refuse

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse == "recipient":
            return f"550 5.1.1 <{address}> is unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuse == "data":
            return "554 5.7.1 no"
        self.envelopes.append(envelope)
        self.sessions.append((session.ssl is not None, session.authenticated))
        return "250 OK"

    def message(self):
        (envelope,) = self.envelopes
        return email.message_from_bytes(envelope.content, policy=email.policy.default)


@contextmanager
def serve(inbox, *, implicit=None, port=0, **options):
    class Server(Controller):
        def factory(self):
            return SMTP(self.handler, **options)

    controller = Server(inbox, hostname="127.0.0.1", port=0, ssl_context=implicit)
    # The controller wants to reach its own port, which it does not know for port 0.
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def authenticator(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"mailer", b"password")
    return AuthResult(success=good, handled=good)
