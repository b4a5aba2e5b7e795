"""Signed webhooks, posted."""

from contextlib import ExitStack

import httpx2

from poolhouse.outbound import http, webhook
from poolhouse.world import Clock


class PostRefusedError(Exception):
    """The host resolves to an address that is not public."""


class Poster:
    """Posts to one URL, under one key; safe to share between threads."""

    def __init__(
        self,
        url: str,
        key: bytes,
        clock: Clock,
        seconds: float,
        *,
        resources: ExitStack,
        public_only: bool = False,
    ) -> None:
        """Make the client.

        Args:
            url: where to.
            key: signs what is posted.
            clock: stamps it.
            seconds: how long each wait may last.
            resources: takes what is to be closed at the end.
            public_only: refuse hosts that resolve to addresses of private networks.
        """
        self._url, self._key, self._clock = url, key, clock
        self._client = resources.enter_context(http.client(seconds, public_only=public_only))

    def post(self, message_id: str, body: bytes, content_type: str = "application/json") -> tuple[int, bytes]:
        """Post `body`; return the status and the answer, which is empty where it is far too long.

        Args:
            message_id: the same for each attempt of one message.
            body: the bytes that are sent.
            content_type: what they are.

        Raises:
            TimeoutError: no answer in time.
            ConnectionError: no connection, or a broken one.
            PostRefusedError: the host's address is not public.
        """
        headers = webhook.headers(self._key, message_id, int(self._clock.now()), body)
        try:
            return http.post(
                self._client, self._url, content=body, headers={"content-type": content_type, **headers}
            )
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except http.AnswerTooLarge:
            return 200, b""
        except http.AddressRefused as error:
            raise PostRefusedError(type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise ConnectionError(type(error).__name__) from error
