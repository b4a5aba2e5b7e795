"""A running Poolhouse: the whole application on a loopback socket, with a scripted clock.

Requests go through real HTTP from real clients. Time moves only when a test moves it. Mails and texts land in
the outbox folder, as with `serve --dev`.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from poolhouse.app import Application, build
from poolhouse.keys.ring import Ring
from poolhouse.keys.vault import Vault
from poolhouse.settings import Server, Settings
from poolhouse.store import Store
from poolhouse.world import Entropy
from support.scripted import ScriptedClock, ScriptedEntropy

_SESSION = boto3.Session()  # its loader keeps the service model, which is slow to read


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing: the application has its own access log."""


@dataclass
class RunningServer:
    """What a test holds of a running server."""

    url: str
    application: Application
    clock: ScriptedClock
    data: Path
    written: list[bytes]
    clients: list[Any] = field(default_factory=list)

    @property
    def services(self) -> Any:
        """The application's services, for a look beneath."""
        return self.application.services

    @property
    def log(self) -> list[bytes]:
        """The lines that were written to the log so far."""
        self.application.requests.flush()
        return b"".join(self.written).splitlines(keepends=True)

    @property
    def store(self) -> Store:
        """The store beneath."""
        return self.application.services.store

    def client(self, **options: Any) -> Any:
        """Return a boto3 client of this server."""
        client = _SESSION.client(
            "cognito-idp",
            endpoint_url=options.pop("url", self.url),
            region_name=options.pop("region", "us-east-1"),
            aws_access_key_id=options.pop("key", "local"),
            aws_secret_access_key=options.pop("secret", "local"),
            config=Config(retries={"max_attempts": 0}, max_pool_connections=64, **options),
        )
        self.clients.append(client)
        return client

    def _settle(self) -> None:
        """Let arrive what was on its way."""
        self.services.couriers.wait(10)

    def mails(self, to: str | None = None) -> list[dict[str, str]]:
        """Return the e-mails sent so far, oldest first: `to`, `subject`, `body`."""
        self._settle()
        found = []
        for path in sorted((self.data / "outbox").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("html", "plain"))
            text = body.get_content() if body else ""
            if to is None or mail["To"] == to:
                found.append({"to": str(mail["To"]), "subject": str(mail["Subject"]), "body": text})
        return found

    def texts(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the SMS sent so far, oldest first: `to`, `body`."""
        self._settle()
        files = sorted((self.data / "outbox").glob("*.json"))
        messages = [msgspec.json.decode(path.read_bytes(), type=dict[str, Any]) for path in files]
        return [m for m in messages if "subject" not in m and (to is None or m["to"] == to)]

    def code(self, to: str) -> str:
        """Return the digits of the code in the newest message to an address or number."""
        messages = self.texts(to) if to.startswith("+") else self.mails(to)
        found = re.findall(r"\b\d{6}(?:\d\d)?\b", messages[-1]["body"])
        return str(found[-1])


@contextmanager
def running_server(
    store: Store,
    data: Path,
    clock: ScriptedClock,
    change: Callable[[Settings], Settings] | None = None,
    entropy: Entropy | None = None,
) -> Iterator[RunningServer]:
    """Serve the application from this process.

    Args:
        store: open and migrated; the application closes it.
        data: folder of the outbox.
        clock: the server's time.
        change: makes other settings of the test's defaults.
        entropy: the server's randomness; from a seed where none is given.
    """
    log: list[bytes] = []
    # The socket comes first: the settings must know the port, which is part of every issuer.
    http = make_server("127.0.0.1", 0, None, threaded=True, request_handler=_Handler)
    http.daemon_threads = True
    settings = Settings(server=Server(port=http.server_port), dev=True, data=str(data))
    settings = msgspec.structs.replace(
        settings, messages=msgspec.structs.replace(settings.messages, email="folder", sms="folder")
    )
    settings = change(settings) if change else settings
    vault = Vault(Ring({"test": bytes(range(32))}, "test"))
    application = build(
        settings,
        store,
        vault,
        clock=clock,
        entropy=entropy or ScriptedEntropy(),
        log=log.append,
        strict=True,
    )
    http.app = application.wsgi
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    running = RunningServer(f"http://127.0.0.1:{http.server_port}", application, clock, data, log)
    try:
        yield running
    finally:
        for client in running.clients:
            client.close()
        http.shutdown()
        thread.join()
        http.server_close()
        application.close()
