"""A trigger's event, posted to a webhook."""

from contextlib import ExitStack

from poolhouse.outbound.posting import Poster, PostRefusedError
from poolhouse.settings import Trigger
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
    poster = Poster(trigger.url, key, clock, seconds, resources=resources, public_only=trigger.public_only)

    def invoke(_arn: str, event: bytes, event_id: str) -> bytes:
        try:
            status, body = poster.post(event_id, event)
        except PostRefusedError as error:
            raise InvocationFailedError(str(error)) from error
        if not 200 <= status < 300:
            message = error_message(body)
            raise FunctionFailedError(message) if message else InvocationFailedError(f"HTTP {status}")
        return body

    return invoke
