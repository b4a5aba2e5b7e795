"""Starts Granian: workers, threads, TLS, graceful stop.

Granian's main process watches over workers, each of which listens for itself (SO_REUSEPORT) and runs the
application. Modules are imported before the workers fork, so that they are loaded once.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from poolhouse.settings import Settings

_STOP_SECONDS = 30
_PAUSE_SECONDS = 0.01


def serve(settings: Settings, load: Callable[[], Any], ready: Callable[[], None]) -> None:
    """Serve a WSGI application until SIGTERM or SIGINT; requests in flight are finished first.

    Args:
        settings: address (a number, not a name), threads, processes, TLS.
        load: builds the application, in each worker.
        ready: called once, in a worker, as soon as the server can be connected to.
    """
    config = settings.server
    watched, held = os.pipe()
    announcing = multiprocessing.get_context("fork").Semaphore(1)

    def load_and_announce() -> Any:
        os.close(held)
        threading.Thread(target=_leave_with_the_main_process, args=(watched,), daemon=True).start()
        application = load()
        if announcing.acquire(block=False):
            threading.Thread(target=_announce, args=(config.host, config.port, ready), daemon=True).start()
        return application

    server = Server(
        target="poolhouse",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.processes,
        blocking_threads=settings.server.threads,
        loop=Loops.asyncio,
        http=HTTPModes.auto if config.tls_certificate else HTTPModes.http1,
        websockets=False,
        backlog=2048,
        backpressure=2048,
        log_enabled=False,
        ssl_cert=Path(config.tls_certificate) if config.tls_certificate else None,
        ssl_key=Path(config.tls_key) if config.tls_key else None,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    )
    _stop_workers_while_they_load()
    server.serve(target_loader=load_and_announce, wrap_loader=False)


def _stop_workers_while_they_load() -> None:
    """Have SIGTERM end a worker that is loading: there is nothing yet to finish.

    Granian's worker takes signals when it has loaded. Until then it has the main process's handler, which
    does nothing there, and the main process would wait for it as long as for requests in flight. Ctrl-C
    reaches workers as well as the main process, which then sends SIGTERM: so they leave SIGINT to it.
    """
    signals = {signal.SIGTERM, signal.SIGINT}

    def in_worker() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signals),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals),
        after_in_child=in_worker,
    )


def _leave_with_the_main_process(watched: int) -> None:
    """Stop this worker when the main process is gone, even by SIGKILL: who starts another finds the way free.

    Args:
        watched: the end for reading of a pipe whose other end the main process alone has open.
    """
    os.read(watched, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(host: str, port: int, ready: Callable[[], None]) -> None:
    """Wait until somebody listens, which each worker begins to do by itself after it has loaded."""
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(_PAUSE_SECONDS)
        else:
            ready()
            return


def listenable(host: str, port: int) -> tuple[str, int]:
    """Return the address and the port that a server of this host and port would listen on.

    Args:
        host: an address, or a name of this machine.
        port: 0 for one that nobody listens on now.

    Raises:
        OSError: it cannot be listened on: the name is unknown, the address another machine's, the port taken.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        bound = probe.getsockname()
    return str(bound[0]), int(bound[1])
