"""Starts Granian: workers, threads, TLS, graceful stop.

Granian's main process holds the listening socket and its workers run the application. Modules are imported
before the workers fork, so that they are loaded once.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from poolhouse.settings import Settings

_STOP_SECONDS = 30


def serve(settings: Settings, load: Callable[[], Any], ready: Callable[[], None]) -> None:
    """Serve a WSGI application until SIGTERM or SIGINT; requests in flight are finished first.

    Args:
        settings: address, threads, processes, TLS.
        load: builds the application, in each worker.
        ready: called in the main process as soon as the socket is bound.
    """
    config = settings.server
    server = Server(
        target="poolhouse",
        address="127.0.0.1" if config.host == "localhost" else config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.processes,
        blocking_threads=config.threads,
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
    server.on_startup(ready)
    server.serve(target_loader=load, wrap_loader=False)


def free_port(host: str) -> int:
    """Return a port nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
