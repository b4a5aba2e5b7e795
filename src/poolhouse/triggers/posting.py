"""A trigger's event, posted to a webhook."""

from contextlib import ExitStack

import httpx2

from poolhouse.outbound import http
from poolhouse.settings import Trigger
from poolhouse.triggers import webhook
from poolhouse.triggers.targets import FunctionFailedError, InvocationFailedError, Target, error_message
from poolhouse.world import Clock


def target(trigger: Trigger, key: bytes, clock: Clock, seconds: float, resources: ExitStack) -> Target:
    """Return a webhook as a target.

    Args:
        trigger: its entry of `[[triggers.map]]`.
        key: signs what is posted.
        clock: stamps it.
        seconds: how long each wait may last.
        resources: takes what is to be closed at the end.
    """
    client = resources.enter_context(http.client(seconds, public_only=trigger.public_only))

    def invoke(_arn: str, event: bytes, event_id: str) -> bytes:
        headers = webhook.headers(key, event_id, int(clock.now()), event)
        try:
            status, body = http.post(
                client, trigger.url, content=event, headers={"content-type": "application/json", **headers}
            )
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except http.AnswerTooLarge:
            return b""  # no answer of a trigger's is that large: read as one that is none
        except http.AddressRefused as error:
            raise InvocationFailedError(type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise ConnectionError(type(error).__name__) from error
        if not 200 <= status < 300:
            message = error_message(body)
            raise FunctionFailedError(message) if message else InvocationFailedError(f"HTTP {status}")
        return body

    return invoke
