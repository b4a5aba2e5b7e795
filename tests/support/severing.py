"""A proxy before PostgreSQL that hangs up at the worst moments."""

import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit, urlunsplit

_SOCKET = ".s.PGSQL.5432"


class Severing:
    """Passes connections on; severs one at its next COMMIT when told to."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        (host,) = parse_qs(parts.query)["host"]
        self._server = Path(host) / _SOCKET
        self._folder = tempfile.TemporaryDirectory(prefix="poolhouse-proxy-")
        self.url = urlunsplit(parts._replace(query=f"host={self._folder.name}"))
        self.severed = 0
        self._moment = ""
        self._gone = False
        self._late: tuple[socket.socket, bytes] | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._folder.name) / _SOCKET))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        if self._late:
            self._deliver(*self._late)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._folder.cleanup()

    def sever_after_commit(self) -> None:
        """Pass the next COMMIT on, and hang up instead of bringing the answer back."""
        self._moment = "after"

    def sever_with_late_commit(self) -> None:
        """Hang up, and pass the next COMMIT on only when a transaction begins on another connection."""
        self._moment = "late"

    def sever_for_good(self) -> None:
        """Hang up instead of passing the next COMMIT on, and take no connection any more."""
        self._moment = "for good"

    def sever_before_commit(self) -> None:
        """Hang up instead of passing the next COMMIT on."""
        self._moment = "before"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._gone:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                thread = threading.Thread(target=self._pass, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        """Pass requests on and answers back, in turn, as the protocol does."""
        with client, server:
            answers = threading.Thread(target=_copy, args=(server, client))
            answers.start()
            while request := client.recv(65536):
                if self._moment and b"COMMIT" in request:
                    moment, self._moment = self._moment, ""
                    self.severed += 1
                    self._gone = moment == "for good"
                    if moment == "late":
                        self._late = server, request
                    client.shutdown(socket.SHUT_RDWR)
                    if moment == "after":
                        server.sendall(request)
                    break
                if self._late and b"BEGIN" in request:
                    self._deliver(*self._late)
                server.sendall(request)
            if self._late is None or self._late[0] is not server:
                with suppress(OSError):
                    server.shutdown(socket.SHUT_WR)
            answers.join()

    def _deliver(self, server: socket.socket, request: bytes) -> None:
        self._late = None
        server.sendall(request)
        server.shutdown(socket.SHUT_WR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            with suppress(OSError):
                target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
