"""AWS clients through botocore, made at first use: importing it takes longer than starting without."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from poolhouse.settings import Aws

_OF_OTHERS = {
    "s3": {"addressing_style": "path"},
    "request_checksum_calculation": "when_required",
}
"""What servers understand that speak AWS's APIs: no bucket has a host name, newer checksums are unknown."""


class RefusedError(Exception):
    """AWS refused the call; the message is its error code."""


class AwsClients:
    """botocore clients by service, region and endpoint; safe to share between threads.

    They do not retry: triggers and the outbox have rules of their own.
    """

    def __init__(self, aws: Aws, default_region: str) -> None:
        self._aws = aws
        self._region = aws.region or default_region
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str, float], Any] = {}

    def client(self, service: str, *, endpoint: str = "", region: str = "", timeout_seconds: float) -> Any:
        """Return the client.

        Args:
            service: botocore's name of it, as in `lambda`.
            endpoint: its URL; empty means AWS's own.
            region: empty means that of the settings.
            timeout_seconds: time for connecting, and for each wait on the answer.
        """
        key = (service, region or self._region, endpoint, timeout_seconds)
        with self._lock:  # making a client is not thread-safe; using one is
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _make(self, service: str, region: str, endpoint: str, timeout_seconds: float) -> Any:
        from botocore.config import Config  # noqa: PLC0415 (lazily, see above)
        from botocore.session import Session  # noqa: PLC0415

        return Session().create_client(
            service,
            region_name=region,
            endpoint_url=endpoint or None,
            aws_access_key_id=self._aws.access_key_id or None,
            aws_secret_access_key=self._aws.secret_access_key or None,
            aws_session_token=self._aws.session_token or None,
            config=Config(
                connect_timeout=timeout_seconds,
                read_timeout=timeout_seconds,
                retries={"total_max_attempts": 1},
                max_pool_connections=64,
                **(_OF_OTHERS if endpoint else {}),
            ),
        )


@contextmanager
def failures() -> Iterator[None]:
    """Give botocore's failures three names, all of which callers tell apart.

    Raises:
        RefusedError: AWS refused, or there was nothing to call it with; the message is the error's code.
        TimeoutError: no answer in time.
        ConnectionError: no connection, or a broken one.
    """
    from botocore import exceptions, parsers  # noqa: PLC0415 (lazily, see above)

    try:
        yield
    except exceptions.ClientError as error:
        raise RefusedError(error.response["Error"]["Code"]) from error
    except (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError) as error:
        raise TimeoutError(type(error).__name__) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise ConnectionError(type(error).__name__) from error
    except (exceptions.BotoCoreError, parsers.ResponseParserError) as error:
        raise RefusedError(type(error).__name__) from error
