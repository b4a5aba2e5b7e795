"""Python callables that stand for Lambda functions."""

import sys
import threading

LATCH = threading.Event()


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
    LATCH.wait(30)
    return {"response": {"released": True}}
