r"""ListUsers' `Filter`: one condition, `<name> <op> "<value>"` (digest «users» §6.2).

White space around the parts is free. Inside the quotes `\"` stands for `"` and `\\` for `\`; any other
backslash is itself.
"""

import re
from dataclasses import dataclass

from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException

EQUALS = "="
PREFIX = "^="

ATTRIBUTES = ("email", "phone_number", "name", "given_name", "family_name", "preferred_username")
SEARCHABLE = frozenset({"username", "sub", "cognito:user_status", "status", *ATTRIBUTES})
_EXACT_CASE = frozenset({"username", "status"})

_CONDITION = re.compile(r'\s*([^\s=^"]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on users.

    Attributes:
        name: one of `SEARCHABLE`.
        op: `EQUALS` or `PREFIX`.
        value: in the form in which search rows hold values (`search_form`).
    """

    name: str
    op: str
    value: str


def parse(text: str | None) -> Filter | None:
    """Read a `Filter` parameter.

    Args:
        text: as sent; None, empty or blank finds all users.

    Raises:
        InvalidParameterException: it does not follow the grammar, or its attribute cannot be searched.
    """
    if text is None or not text.strip():
        return None
    match = _CONDITION.fullmatch(text)
    # No stored value holds a NUL, and not every store can be asked for one.
    if match is None or "\0" in text:
        raise InvalidParameterException("Error while parsing filter.")
    name, op, quoted = match.groups()
    if name not in SEARCHABLE:
        raise InvalidParameterException(f"Invalid search attribute: {name}")
    return Filter(name, op, search_form(name, unescape(quoted)))


def unescape(quoted: str) -> str:
    """Return what stands for itself between the quotes of a value."""
    return _ESCAPE.sub(r"\1", quoted)


def search_form(name: str, value: str) -> str:
    """Return `value` as it compares in a search: without case, but for `username` and `status`.

    The service documents the case rule of `username`, `status` and `cognito:user_status` only; an older
    guide says that all other searches ignore case (digest «users» §6.2).
    """
    return value if name in _EXACT_CASE else value.lower()


def found_alike(before: User, after: User) -> bool:
    """Tell whether two versions of a user have the same search rows, without making them."""
    return (before.username, before.status, before.enabled) == (
        after.username,
        after.status,
        after.enabled,
    ) and all(before.attributes.get(name) == after.attributes.get(name) for name in ATTRIBUTES)


def search_rows(user: User) -> dict[str, str]:
    """Return what a user is found by: searchable name → value in its search form."""
    values = {name: user.attributes[name] for name in ATTRIBUTES if user.attributes.get(name)}
    values |= {
        "username": user.username,
        "sub": user.sub,
        "cognito:user_status": user.status.value,
        "status": "Enabled" if user.enabled else "Disabled",
    }
    return {name: search_form(name, value) for name, value in values.items()}
