"""A server whose pools may have triggers, as sign-in's tests have it."""

from operations.sign_in.conftest import fired, triggered

__all__ = ["fired", "triggered"]
