"""A Lambda function for all triggers: it records each event, and answers as a test has it."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec

from poolhouse.settings import Settings, Trigger, Triggers

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hook"

events: list[dict[str, Any]] = []
answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {}
"""`triggerSource` → what the function answers to the event; may raise."""


def function(event: dict[str, Any]) -> dict[str, Any]:
    events.append(copy.deepcopy(event))
    answer = answers.get(event["triggerSource"])
    event["response"].update(answer(event) or {} if answer else {})
    return event


def sources() -> list[str]:
    return [event["triggerSource"] for event in events]


def mapped(settings: Settings) -> Settings:
    """Return settings in which every ARN is this function."""
    trigger = Trigger(arn="*", kind="python", callable="support.hooks:function")
    return msgspec.structs.replace(settings, triggers=Triggers(map=(trigger,)))
