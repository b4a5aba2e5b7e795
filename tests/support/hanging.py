"""A server that takes every connection and says nothing until it is told to, or says a little again and again."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE_SECONDS = 20


class Hanging:
    """What a test holds of it."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._reached = threading.Semaphore(0)
        self.released = threading.Event()
        self._connections: list[socket.socket] = []

    def reached(self) -> None:
        """Wait until one more connection has been made."""
        assert self._reached.acquire(timeout=_PATIENCE_SECONDS)

    def accept(self, drip: bytes) -> None:
        """Take connections until the end."""
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._reached.release()
            if drip:
                threading.Thread(target=self._drip, args=(connection, drip), daemon=True).start()

    def _drip(self, connection: socket.socket, drip: bytes) -> None:
        while not self.released.wait(0.02):
            try:
                connection.sendall(drip)
            except OSError:
                return

    def close(self) -> None:
        """Hang up on everybody."""
        if self.released.is_set():
            return
        self.released.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._connections:
            connection.close()


@contextmanager
def hanging(drip: bytes = b"") -> Iterator[Hanging]:
    """Serve until the end of the block.

    Args:
        drip: what is said again and again, which keeps a time limit for each step from ever striking.
    """
    server = Hanging()
    thread = threading.Thread(target=server.accept, args=(drip,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def in_thread(act: Callable[[], object]) -> threading.Thread:
    """Do something that will hang."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread
