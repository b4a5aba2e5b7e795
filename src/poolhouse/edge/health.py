"""Liveness, readiness, metrics: for load balancers and Prometheus."""

from collections.abc import Callable

from poolhouse.observe import METRICS_TYPE, Log, Requests

_TEXT = "text/plain; charset=utf-8"
_log = Log()

Page = tuple[int, str, bytes]
"""Status, media type, body."""


class Health:
    """Answers `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, ping: Callable[[], object], requests: Requests) -> None:
        """Remember whom to ask.

        Args:
            ping: reaches the store, or raises.
            requests: where the metrics are.
        """
        self._ping = ping
        self._requests = requests
        self.pages: dict[str, Callable[[], Page]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }

    def _alive(self) -> Page:
        return 200, _TEXT, b"ok\n"

    def _ready(self) -> Page:
        try:
            self._ping()
        except Exception:  # noqa: BLE001 - whatever the store says, it is not there
            _log.exception("not ready")
            return 503, _TEXT, b"the store does not answer\n"
        return 200, _TEXT, b"ok\n"

    def _metrics(self) -> Page:
        return 200, METRICS_TYPE, self._requests.exposition()
