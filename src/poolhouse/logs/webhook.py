"""Logs posted to a webhook: JSON lines, signed like triggers."""

from poolhouse.logs.batch import Batch, DeliveryError, Destination
from poolhouse.outbound.posting import Poster, PostRefusedError


def destination(poster: Poster) -> Destination:
    """Return a webhook as a destination."""

    def post(batch: Batch) -> None:
        try:
            status, _answer = poster.post(batch.id, batch.lines, "application/x-ndjson")
        except PostRefusedError as error:
            raise DeliveryError(f"webhook: {error}") from error
        if not 200 <= status < 300:
            raise DeliveryError(f"webhook: HTTP {status}")

    return post
