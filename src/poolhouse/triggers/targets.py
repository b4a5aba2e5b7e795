"""What a trigger's ARN stands for, by configuration: an AWS Lambda function, a webhook, or a Python callable.

Each raises `FunctionFailedError`, `InvocationFailedError`, or what is worth another attempt:
ConnectionError (not reached, or hung up) and TimeoutError.
"""

import importlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec

from poolhouse.outbound import LARGEST_ANSWER, webhook
from poolhouse.outbound.aws import AwsClients, RefusedError
from poolhouse.outbound.aws import failures as aws_failures
from poolhouse.settings import Settings, SettingsError, Trigger
from poolhouse.world import Clock

Target = Callable[[str, bytes, str], bytes]
"""(the trigger's ARN, the event, the event's id) → the answer."""


class FunctionFailedError(Exception):
    """The function itself failed; the message is its own."""


class InvocationFailedError(Exception):
    """It was refused: no such function, no permission, a server's error. The message is the error's code."""


def make(trigger: Trigger, settings: Settings, clock: Clock, aws: AwsClients, resources: ExitStack) -> Target:
    """Return the target that one entry of `[[triggers.map]]` describes.

    Args:
        trigger: the entry.
        settings: all settings.
        clock: stamps webhooks.
        aws: makes Lambda's clients.
        resources: takes what is to be closed at the end.

    Raises:
        SettingsError: the entry cannot work.
    """
    seconds = settings.triggers.timeout_seconds
    if trigger.kind == "lambda":
        return _lambda(trigger, aws, seconds)
    if trigger.kind == "webhook":
        key = webhook.checked_key(
            trigger.url, trigger.secret, f"triggers.map: the webhook for {trigger.arn}", dev=settings.dev
        )
        from poolhouse.triggers import posting  # noqa: PLC0415 (its HTTP client is slow to import)

        return posting.target(trigger, key, clock, seconds, resources)
    return _python(trigger)


def _lambda(trigger: Trigger, aws: AwsClients, seconds: float) -> Target:
    def invoke(arn: str, event: bytes, _event_id: str) -> bytes:
        region = arn.split(":")[3]
        client = aws.client("lambda", endpoint=trigger.endpoint, region=region, timeout_seconds=seconds)
        try:
            with aws_failures():
                answer = client.invoke(FunctionName=arn, InvocationType="RequestResponse", Payload=event)
                body: bytes = answer["Payload"].read(LARGEST_ANSWER + 1)
        except RefusedError as error:
            raise InvocationFailedError(str(error)) from error
        if "FunctionError" in answer:
            raise FunctionFailedError(error_message(body) or answer["FunctionError"])
        return body

    return invoke


def _python(trigger: Trigger) -> Target:
    module, _, name = trigger.callable.partition(":")
    try:
        function: Callable[[Mapping[str, Any]], Any] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"triggers.map: cannot import {trigger.callable!r}: {error}") from error

    def invoke(_arn: str, event: bytes, _event_id: str) -> bytes:
        try:
            answer = function(msgspec.json.decode(event))
        except (Exception, SystemExit) as error:
            raise FunctionFailedError(str(error) or type(error).__name__) from error
        try:
            return msgspec.json.encode(answer)
        except (TypeError, ValueError, RecursionError):
            return b""  # what is not JSON is read as such

    return invoke


def parse(body: bytes) -> Any:
    """Return the JSON in `body`; None where it is none, or nested beyond all reason."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def error_message(body: bytes) -> str:
    """Return `errorMessage` of a failed function's answer, or "" where it has none."""
    answer = parse(body)
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    return message if isinstance(message, str) else ""
