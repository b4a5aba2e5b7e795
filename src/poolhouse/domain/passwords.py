"""What a password must be (digest «users» §3.8); nothing here hashes or compares one with a stored one."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from poolhouse.errors import InvalidPasswordException

LONGEST = 256
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_DIGITS = "0123456789"
# Without marks that a template, a shell or a reader's eye would mangle.
_EASY_SYMBOLS = "!@#%^*_+=-?"
GENERATED_ALPHABET = _LOWER + _UPPER + _DIGITS + _EASY_SYMBOLS
_SHORTEST_GENERATED = 12


class Wording(StrEnum):
    """How a refusal begins: the service has three wordings, by operation."""

    SIGN_UP = "Password did not conform with policy: "
    ADMIN_CREATE = "Password did not conform with password policy: "
    CHANGE = "Password does not conform to policy: "


def violation(policy: Mapping[str, Any], password: str) -> str | None:
    """Return the first rule that `password` breaks, in the service's words, or None.

    Args:
        policy: `Policies.PasswordPolicy` as stored.
        password: as sent.
    """
    if not int(policy.get("MinimumLength") or 8) <= len(password) <= LONGEST:
        return "Password not long enough" if len(password) <= LONGEST else "Password too long"
    for setting, characters, name in (
        ("RequireUppercase", frozenset(_UPPER), "uppercase"),
        ("RequireLowercase", frozenset(_LOWER), "lowercase"),
        ("RequireNumbers", frozenset(_DIGITS), "numeric"),
        ("RequireSymbols", SYMBOLS, "symbol"),
    ):
        if policy.get(setting) and characters.isdisjoint(password):
            # A space counts as a symbol, but neither first nor last.
            if name == "symbol" and " " in password[1:-1]:
                continue
            return f"Password must have {name} characters"
    return None


def check(policy: Mapping[str, Any], password: str, wording: Wording) -> None:
    """Refuse a password that breaks the pool's policy.

    Raises:
        InvalidPasswordException: it does; the message tells the first rule broken.
    """
    broken = violation(policy, password)
    if broken:
        raise InvalidPasswordException(f"{wording}{broken}")


def generated_length(policy: Mapping[str, Any]) -> int:
    """Return how many characters of `GENERATED_ALPHABET` to draw for `generated`."""
    return max(_SHORTEST_GENERATED, int(policy.get("MinimumLength") or 8))


def generated(drawn: str) -> str:
    """Return a temporary password that meets every policy.

    Args:
        drawn: `generated_length` characters drawn evenly from `GENERATED_ALPHABET`.

    The first four become one of each class, so that no policy refuses it; which ones, the draw decides.
    """
    classes = (_UPPER, _LOWER, _DIGITS, _EASY_SYMBOLS)
    index = [GENERATED_ALPHABET.index(character) for character in drawn[:4]]
    forced = [kind[number % len(kind)] for kind, number in zip(classes, index, strict=True)]
    return "".join(forced) + drawn[4:]


def temporary_seconds(policy: Mapping[str, Any]) -> float:
    """Return for how long a temporary password is good, from when it was set."""
    return int(policy.get("TemporaryPasswordValidityDays") or 7) * 86400.0
