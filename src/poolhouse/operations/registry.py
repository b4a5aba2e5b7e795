"""How a function becomes an operation: `@operation`, and nothing else to keep in step.

To add an operation: write the function in the module of its capability, with the operation's name in
snake_case and the annotations below; take the name out of `pending.py`. If the name, the caller or the types
disagree with the service model, the import fails.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar, get_args, get_type_hints

from poolhouse.access.caller import Anonymous, IamCaller, UserCaller
from poolhouse.wire.operations import OPERATIONS, Auth, Operation
from poolhouse.wire.shapes import Shape

Handler = Callable[[Any, Any], Shape | None]
"""`(call, request) -> response`; the decorator has proved that the types are the model's."""

HANDLERS: dict[str, Handler] = {}
"""Name of the operation → its function."""

CALLERS: dict[Auth, set[type]] = {
    Auth.SIGV4: {IamCaller},
    Auth.ACCESS_TOKEN: {UserCaller},
    Auth.TOKEN_OR_SESSION: {UserCaller, Anonymous},
    Auth.NONE: {Anonymous},
}
"""What an operation's `Call` carries: the proof that its credential was checked."""

F = TypeVar("F", bound=Handler)


def snake(name: str) -> str:
    """Return an operation's name as Python spells it: `GetUICustomization` → `get_ui_customization`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


_BY_FUNCTION = {snake(name): operation for name, operation in OPERATIONS.items()}


def operation(function: F) -> F:
    """Register a handler.

    Raises:
        TypeError: the function's name, its caller or its types are not the model's, or it is there twice.
    """
    row = _BY_FUNCTION.get(function.__name__)
    if row is None:
        raise TypeError(f"{function.__name__} is not the name of an operation")
    if row.name in HANDLERS:
        raise TypeError(f"{row.name} has a handler already")
    _check(function, row)
    HANDLERS[row.name] = function
    return function


def _check(function: Handler, row: Operation) -> None:
    hints = get_type_hints(function)
    caller = get_args(hints.get("call"))
    callers = set(get_args(caller[0]) or caller) if caller else set()
    if callers != CALLERS[row.auth]:
        wanted = " | ".join(sorted(kind.__name__ for kind in CALLERS[row.auth]))
        raise TypeError(f"{row.name}: `call` must be a Call[{wanted}]")
    if hints.get("request") is not row.request:
        raise TypeError(f"{row.name}: `request` must be a {row.request.__name__}")
    response = row.response or type(None)
    if hints.get("return") is not response:
        raise TypeError(f"{row.name}: must return {response.__name__}")
