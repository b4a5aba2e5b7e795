"""The password policy: its order, its symbols, its three wordings, and generated passwords that meet it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.passwords import (
    GENERATED_ALPHABET,
    LONGEST,
    SYMBOLS,
    Wording,
    check,
    generated,
    generated_length,
    violation,
)
from poolhouse.errors import InvalidPasswordException

STRICT: dict[str, Any] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("", "Password not long enough"),
        ("aA1!aA1", "Password not long enough"),
        ("aaaaaaaa", "Password must have uppercase characters"),
        ("AAAAAAAA", "Password must have lowercase characters"),
        ("AAAAaaaa", "Password must have numeric characters"),
        ("AAAAaaa1", "Password must have symbol characters"),
        ("ÄÖÜäöü1!", "Password must have uppercase characters"),
        ("AAAAaa1§", "Password must have symbol characters"),
        (" AAAaaa1", "Password must have symbol characters"),
        ("AAAaaa1 ", "Password must have symbol characters"),
        ("AAAa aa1", None),
        ("AAAaaa1+", None),
        ("AAAaaa1=", None),
        ("Aa1!" + "x" * (LONGEST - 4), None),
    ],
)
def test_the_first_rule_broken_is_told(password: str, broken: str | None) -> None:
    assert violation(STRICT, password) == broken


def test_more_than_256_characters_are_refused() -> None:
    assert violation(STRICT, "Aa1!" + "x" * (LONGEST - 3)) == "Password too long"


@pytest.mark.parametrize("symbol", sorted(SYMBOLS))
def test_each_symbol_counts(symbol: str) -> None:
    assert violation(STRICT, f"Aa1aaaa{symbol}") is None


def test_a_policy_without_requirements_wants_length_alone() -> None:
    assert violation({"MinimumLength": 6}, "aaaaaa") is None
    assert violation({}, "aaaaaaa") == "Password not long enough"


@pytest.mark.parametrize("wording", list(Wording))
def test_each_wording(wording: Wording) -> None:
    with pytest.raises(InvalidPasswordException) as refused:
        check(STRICT, "aaaaaaaa", wording)
    assert refused.value.message == f"{wording.value}Password must have uppercase characters"


@given(st.data(), st.integers(min_value=6, max_value=99))
def test_generated_passwords_meet_every_policy(data: st.DataObject, shortest: int) -> None:
    policy = STRICT | {"MinimumLength": shortest}
    length = generated_length(policy)
    password = generated(data.draw(st.text(GENERATED_ALPHABET, min_size=length, max_size=length)))
    assert violation(policy, password) is None
    assert len(password) == length
