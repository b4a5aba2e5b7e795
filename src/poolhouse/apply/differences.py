"""What differs between a resource as it is and as it is to be, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = object()
"""The value of a field that is not there."""
UNSEEN = object()
"""Stands for a value that is not shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changes.

    Attributes:
        field: its name, with those of what it lies in: `Policies.PasswordPolicy.MinimumLength`.
        old, new: its values, or `ABSENT`.
    """

    field: str
    old: Any
    new: Any


def between(old: Any, new: Any, field: str = "") -> Iterator[Difference]:
    """Yield what differs. Lists are compared whole, unless all that is in them has a `Name`."""
    old, new = _by_name(old), _by_name(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            within = f"{field}.{name}" if field else str(name)
            yield from between(old.get(name, ABSENT), new.get(name, ABSENT), within)
    elif isinstance(new, Mapping) and old is ABSENT and new:
        for name, member in new.items():
            yield from between(ABSENT, member, f"{field}.{name}" if field else str(name))
    elif old != new:
        yield Difference(field, old, new)


def _by_name(value: Any) -> Any:
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, Mapping) and "Name" in item for item in value)
    ):
        return {str(item["Name"]): {k: v for k, v in item.items() if k != "Name"} for item in value}
    return value
