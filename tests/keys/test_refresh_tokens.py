"""Refresh tokens: opaque, and nobody's but ours."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.keys.refresh_tokens import RefreshToken, RefreshTokens, has_the_form
from poolhouse.keys.vault import Vault

RING = {"one": b"1" * 32, "two": b"2" * 32}
TOKENS = RefreshTokens(Vault.from_ring(RING, "one"))
TOKEN = RefreshToken("us-east-1_Ab12Cd34E", "family-1", "refresh-1")
TEXT = TOKENS.write(TOKEN)


def test_five_parts_and_the_services_header():
    parts = TEXT.split(".")
    assert len(parts) == 5
    assert all(parts)
    assert TEXT.startswith("eyJjdHki")
    header = json.loads(base64.urlsafe_b64decode(parts[0] + "=="))
    assert list(header) == ["cty", "enc", "alg"]
    assert "family-1" not in base64.urlsafe_b64decode(parts[3] + "==").decode("latin-1")


def test_what_was_written_reads_back_under_any_key_of_the_ring():
    assert TOKENS.read(TEXT) == TOKEN
    assert RefreshTokens(Vault.from_ring(RING, "two")).read(TEXT) == TOKEN
    assert RefreshTokens(Vault.from_ring({"three": b"3" * 32}, "three")).read(TEXT) is None
    assert TOKENS.write(TOKEN) != TEXT


@given(st.integers(min_value=0), st.sampled_from("AQgwZaz09-_."))
def test_attack_changed_character(position, character):
    position %= len(TEXT)
    changed = TEXT[:position] + character + TEXT[position + 1 :]
    # The last character of a part may carry bits that say nothing.
    assert TOKENS.read(changed) is None or _same_bytes(changed)


def _same_bytes(text):
    return [base64.urlsafe_b64decode(p + "==") for p in text.split(".")] == [
        base64.urlsafe_b64decode(p + "==") for p in TEXT.split(".")
    ]


@given(st.text(max_size=60) | st.lists(st.text(max_size=12), min_size=5, max_size=5).map(".".join))
def test_attack_garbage(text):
    assert TOKENS.read(text) is None


def header(**members):
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "first",
    [
        header(cty="JWT", enc="A256GCM", alg="dir"),
        header(cty="JWT", enc="A128GCM", alg="A256KW"),
        header(cty="JWT", enc="A256GCM", alg="RSA1_5"),
        header(cty="JWT", enc="A256GCM", alg="none"),
        header(cty="JWT", enc="A256GCM", alg="PBES2-HS256+A128KW", p2c=2**31, p2s="AAAA"),
        header(cty="JWT", enc="A256GCM", alg="A256KW", zip="DEF"),
        header(cty="JWT", enc="A256GCM", alg="A256KW", crit=["x"], x=1),
        header(),
        "W10",
        "bnVsbA",
        "",
    ],
)
def test_attack_another_header(first):
    assert TOKENS.read(".".join([first, *TEXT.split(".")[1:]])) is None


def test_a_signed_token_has_another_form():
    assert has_the_form(TEXT)
    assert not has_the_form("a.b.c")
    assert not has_the_form("é....")
