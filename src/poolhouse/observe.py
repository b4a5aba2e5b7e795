"""What operators see: JSON log lines, one line a request, metrics. Never a body, never a secret."""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    import structlog

METRICS_TYPE = CONTENT_TYPE_LATEST
"""The media type of `Requests.exposition`."""

_SECRETS = frozenset({"authorization", "code", "cookie", "key", "password", "secret", "session", "token"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_HIDDEN = "***"
_PAUSE_SECONDS = 0.05
_MOST_WAITING = 100_000
_ENCODER = msgspec.json.Encoder(enc_hook=str)


class Log:
    """structlog's logger, made with its first event: most servers start, and many run, without one."""

    def __getattr__(self, level: str) -> Any:
        """Return structlog's method of that name."""
        if _awaited:
            _awaited.pop()()
        import structlog  # noqa: PLC0415 (it brings rich along: a seventh of the time to start)

        return getattr(structlog.get_logger(), level)


_awaited: list[Callable[[], None]] = []
"""Sets structlog up as last configured, where no event has done so yet."""


def configure(secret_members: Iterable[str] = (), write: Callable[[bytes], object] | None = None) -> None:
    """Say how events are logged: a JSON line for each, on standard error.

    Args:
        secret_members: names whose values are masked wherever they occur, beside the usual ones.
        write: takes each line, instead of standard error.
    """
    secrets = _SECRETS | {name.lower() for name in secret_members}
    _awaited[:] = [lambda: _set_up(secrets, write or _standard_error)]


def _set_up(secrets: frozenset[str], write: Callable[[bytes], object]) -> None:
    import structlog  # noqa: PLC0415

    def redact(
        _logger: Any, _method: str, event: "structlog.typing.EventDict"
    ) -> "structlog.typing.EventDict":
        return {key: _HIDDEN if key.lower() in secrets else _redacted(event[key], secrets) for key in event}

    structlog.configure(
        processors=[
            redact,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialise),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(write),
        cache_logger_on_first_use=False,
    )


def _serialise(event: Mapping[str, Any], **_: Any) -> str:
    return _ENCODER.encode(event).decode()


def _redacted(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _HIDDEN if str(key).lower() in secrets else _redacted(item, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redacted(item, secrets) for item in value]
    return value


class _Lines:
    """The logger under structlog's: each method writes a line."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def msg(self, line: str) -> None:
        self._write(line.encode() + b"\n")

    debug = info = warning = error = critical = exception = msg


def _standard_error(line: bytes) -> None:
    stream = sys.stderr.buffer
    stream.write(line)
    stream.flush()


class BackgroundLines:
    """Writes lines many at once, in a thread of its own.

    A write for each request would hand the interpreter's lock to another thread each time, which halves what
    a server can do. The price: a process that is killed takes the lines of its last moment with it; and when
    nobody reads them, the oldest are dropped.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._waiting: deque[Mapping[str, Any]] = deque(maxlen=_MOST_WAITING)
        self._writing = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def __call__(self, line: Mapping[str, Any]) -> None:
        """Take a line; it is written within a moment."""
        self._waiting.append(line)

    def _run(self) -> None:
        while not self._closed.wait(_PAUSE_SECONDS):
            self.flush()
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if lines:
                self._write(_ENCODER.encode_lines(lines))

    def close(self) -> None:
        """Write what waits, and stop."""
        self._closed.set()
        self._thread.join()


class Requests:
    """Counts, times and logs requests; cheap enough to do so for each one.

    The numbers are those of one process. With several, each answers for itself.
    """

    def __init__(self, write: Callable[[bytes], object] | None = None) -> None:
        """Begin to count.

        Args:
            write: takes access lines, instead of standard error.
        """
        self._line = BackgroundLines(write or _standard_error)
        self._registry = CollectorRegistry()
        self._total = Counter(
            "poolhouse_requests",
            "Requests, by operation and outcome (`ok`, or the error's name).",
            ("operation", "outcome"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "poolhouse_request_seconds",
            "Time to answer, by operation.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._series: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def done(
        self,
        *,
        at: float,
        operation: str,
        status: int,
        error: str,
        seconds: float,
        request_id: str,
        pool: str,
    ) -> None:
        """Record one request.

        Args:
            at: when it was answered, in epoch seconds.
            operation: the operation's name, or the method and kind of path of what is none.
            status: the HTTP status.
            error: the error's name, or "".
            seconds: how long it took.
            request_id: as the answer's header has it.
            pool: the pool's id, or "" where none is known.
        """
        outcome = error or "ok"
        series = self._series.get((operation, outcome)) or self._open_series(operation, outcome)
        series[0].inc()
        series[1].observe(seconds)
        self._line(
            {
                "time": at,
                "operation": operation,
                "status": status,
                "outcome": outcome,
                "ms": round(seconds * 1000, 3),
                "request_id": request_id,
                "pool": pool,
            }
        )

    def _open_series(self, operation: str, outcome: str) -> tuple[Counter, Histogram]:
        series = (self._total.labels(operation, outcome), self._seconds.labels(operation))
        self._series[operation, outcome] = series
        return series

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Show a number that is read whenever the metrics are asked for, such as the outbox's depth."""
        Gauge(name, description, registry=self._registry).set_function(read)

    def exposition(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def flush(self) -> None:
        """Write the access lines that wait."""
        self._line.flush()

    def close(self) -> None:
        """Write the access lines that wait, and stop writing."""
        self._line.close()
