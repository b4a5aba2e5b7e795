"""The vault: what it sealed opens in its place, and nothing else does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.keys.vault import Unsealable, Vault

KEYS = {"one": b"1" * 32, "two": b"2" * 32}
VAULT = Vault.from_ring(KEYS, "one")


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_in_its_place(plaintext, place):
    assert VAULT.open(place, VAULT.seal(place, plaintext)) == plaintext


def test_the_same_plaintext_is_never_sealed_alike():
    assert VAULT.seal("t/r/c", b"secret") != VAULT.seal("t/r/c", b"secret")


def test_attack_value_moved_to_another_row():
    sealed = VAULT.seal("users/ann/seed", b"secret")
    with pytest.raises(Unsealable):
        VAULT.open("users/bob/seed", sealed)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_attack_changed_byte(position, change):
    sealed = bytearray(VAULT.seal("t/r/c", b"secret"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(Unsealable):
        VAULT.open("t/r/c", bytes(sealed))


@given(st.binary(max_size=80))
def test_garbage_does_not_open(garbage):
    with pytest.raises(Unsealable):
        VAULT.open("t/r/c", garbage)
    assert not VAULT.mac_matches("code", b"123456", garbage)


def test_another_ring_does_not_open():
    with pytest.raises(Unsealable, match="which the key ring has not"):
        Vault.from_ring({"three": b"3" * 32}, "three").open("t/r/c", VAULT.seal("t/r/c", b"secret"))
    with pytest.raises(Unsealable):
        Vault.from_ring({"one": b"3" * 32}, "one").open("t/r/c", VAULT.seal("t/r/c", b"secret"))


def test_any_key_of_the_ring_opens_and_compares():
    other = Vault.from_ring(KEYS, "two")
    assert other.open("t/r/c", VAULT.seal("t/r/c", b"secret")) == b"secret"
    assert other.mac_matches("code", b"123456", VAULT.mac("code", b"123456"))
    assert other.open_token("session", VAULT.seal_token("session", b"state")) == b"state"


def test_a_digest_is_of_its_message_and_its_purpose():
    mac = VAULT.mac("code", b"123456")
    assert VAULT.mac_matches("code", b"123456", mac)
    assert not VAULT.mac_matches("code", b"123457", mac)
    assert not VAULT.mac_matches("other", b"123456", mac)
    assert not VAULT.mac_matches("code", b"123456", mac[:-1])


@given(st.binary(max_size=100))
def test_a_token_opens_for_its_purpose_alone(payload):
    token = VAULT.seal_token("session", payload)
    assert base64.b64decode(token, validate=True)
    assert VAULT.open_token("session", token) == payload
    assert VAULT.open_token("secret_block", token) is None


@given(st.text(max_size=80))
def test_attack_made_up_token(text):
    assert VAULT.open_token("session", text) is None


def test_attack_token_used_as_a_stored_value():
    token = base64.b64decode(VAULT.seal_token("session", b"state"))
    with pytest.raises(Unsealable):
        VAULT.open("", token)
