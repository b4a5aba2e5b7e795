"""Hashes that other systems made, by the libraries that made them, and what is no hash."""

import base64
import hashlib

import bcrypt
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.foreign_hashes import fits
from poolhouse.keys.foreign_hashes import matches

PASSWORD = "Pässword-1 ,x"
SALT = bytes(range(16))
_BCRYPT = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$" + b"abcdefghijklmnopqrstuu").decode()
_SCRYPT = hashlib.scrypt(PASSWORD.encode(), salt=SALT, n=16, r=8, p=1, dklen=64).hex()
_DERIVED = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, 1000)


def _base64(value: bytes, alphabet: bytes | None = None) -> str:
    return base64.b64encode(value, alphabet).decode().rstrip("=")


HASHES = {
    "bcrypt": ("BCRYPT", _BCRYPT),
    "bcrypt of PHP": ("BCRYPT", _BCRYPT.replace("$2b$", "$2y$", 1)),
    "scrypt": ("SCRYPT", f"16$8$1${SALT.hex()}${_SCRYPT}"),
    "Argon2id": (
        "ARGON2ID",
        PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD, salt=SALT),
    ),
    "PBKDF2": ("PBKDF2_SHA256", f"$pbkdf2-sha256$1000${_base64(SALT)}${_base64(_DERIVED)}"),
    "PBKDF2 of passlib": (
        "PBKDF2_SHA256",
        f"$pbkdf2-sha256$1000${_base64(SALT, b'./')}${_base64(_DERIVED, b'./')}",
    ),
}
every = pytest.mark.parametrize(("algorithm", "text"), HASHES.values(), ids=HASHES)


@every
def test_the_password_and_no_other_matches(algorithm, text):
    assert fits(algorithm, text)
    assert matches(algorithm, text, PASSWORD)
    assert not matches(algorithm, text, PASSWORD + "x")
    assert not matches(algorithm, text, "")


@every
def test_a_hash_is_of_its_own_algorithm_alone(algorithm, text):
    others = {"BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"} - {algorithm}
    assert not any(fits(other, text) for other in others)


@every
def test_a_broken_hash_does_not_fit(algorithm, text):
    for broken in (text[:20], f" {text}", f"{text} ", text + "\n", text.replace("$", "%"), ""):
        assert not fits(algorithm, broken)


def test_bcrypt_counts_72_bytes():
    text = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert matches("BCRYPT", text, "x" * 80)


@pytest.mark.parametrize(
    ("algorithm", "text"),
    [
        ("BCRYPT", _BCRYPT.replace("$04$", "$13$")),
        ("SCRYPT", f"131072$8$1${SALT.hex()}${_SCRYPT}"),
        ("SCRYPT", f"1000$8$1${SALT.hex()}${_SCRYPT}"),
        ("SCRYPT", f"16$9$1${SALT.hex()}${_SCRYPT}"),
        ("SCRYPT", f"16$8$2${SALT.hex()}${_SCRYPT}"),
        ("ARGON2ID", "$argon2id$v=19$m=19457,t=2,p=1$c29tZXNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA"),
        ("ARGON2ID", "$argon2id$v=19$m=19456,t=3,p=1$c29tZXNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA"),
        ("ARGON2ID", "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA"),
        ("PBKDF2_SHA256", f"$pbkdf2-sha256$600001${_base64(SALT)}${_base64(_DERIVED)}"),
    ],
)
def test_a_hash_that_would_cost_too_much_does_not_fit(algorithm, text):
    assert not fits(algorithm, text)


@given(st.sampled_from(["BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"]), st.text())
def test_any_text_is_judged_without_an_error(algorithm, text):
    assert fits(algorithm, text) in (True, False)
