"""Python callables that stand for Lambda functions."""

import json
import sys
import threading
from contextlib import contextmanager

_LATCH = threading.Event()


def accept(event):
    event["response"] = {"autoConfirmUser": True, "saw": event["request"]}
    return event


def refuse(event):
    raise PermissionError("Only for members")


def refuse_silently(event):
    raise ValueError


def leave(event):
    sys.exit(1)


def missing_key(event):
    return event["nope"]


def forget(event):
    event["response"]["autoConfirmUser"] = True


def opaque(event):
    return {"response": object()}


def number(event):
    return 3


def hang(event):
    _LATCH.wait(30)
    return {"response": {"released": True}}


@contextmanager
def released():
    """Let everybody go who hangs, for a while; later tests find `hang` hanging again."""
    _LATCH.set()
    try:
        yield
    finally:
        _LATCH.clear()


SEEN: list[dict] = []


def write_message(event):
    SEEN.append(json.loads(json.dumps(event)))
    hint = (event["request"]["clientMetadata"] or {}).get("hint")
    event["response"]["emailSubject"] = f"For {event['userName']}"
    event["response"]["emailMessage"] = f"Use {event['request']['codeParameter']} ({hint})"
    return event


def subject_from_name(event):
    event["response"]["emailSubject"] = f"For {event['request']['userAttributes']['name']}"
    return event


def no_code(event):
    event["response"]["emailMessage"] = "Nothing to see"
    return event


def wrong_type(event):
    event["response"]["emailMessage"] = 5
    return event
