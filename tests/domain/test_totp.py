"""RFC 6238's vectors, the window of three steps, and the seed as people type it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.totp import SEED_BYTES, matching_step, secret_code

RFC_SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_rfc_6238_appendix_b(now: int, code: str) -> None:
    """The last six of the RFC's eight digits: the modulus is a power of ten."""
    assert matching_step(RFC_SEED, code, now) == now // 30


@pytest.mark.parametrize(("late", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(late: int, counts: bool) -> None:
    found = matching_step(RFC_SEED, "005924", 1234567890 + late)
    assert found == (1234567890 // 30 if counts else None)


@given(st.text())
def test_what_is_no_code_matches_nothing(text: str) -> None:
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        assert matching_step(RFC_SEED, text, 1234567890) is None


@given(st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES))
def test_the_secret_code_is_the_seed(seed: bytes) -> None:
    code = secret_code(seed)
    assert len(code) == 52
    assert base64.b32decode(code + "====") == seed
