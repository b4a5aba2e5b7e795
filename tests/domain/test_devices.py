"""Devices: keys, secrets and what is shown of them."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import devices, srp
from poolhouse.errors import InvalidParameterException
from support.things import POOL, a_device

VECTOR = (
    "IZRrly+ArDxhcB561g4Ayb1ewct7MU2nqqb4ee5u2OcCsaUaqVHDMfr3GGT+u2/XyYW9FOP3c2NkiIf3rxCmRnOD4Ie6JShVv4/+2Mtf1+Rn"
    "IuzGzyNLaSlRlV1olDawTPO188f86JqKo+/eU7M6EdZGnXOZPN9LMY7bR0REoW0JL1ge/Hzy7XdKqUmQ9GDpnUZkhj7W0fOeI8arXVBrvkj6"
    "6hTbJgmFyUx5DiC4i1q/jmb5zdSBV8PcK4a7mSeXTA9cM1WvikHEB5xJTLLQOlIou9rzh8yRRL4sbwQUY4MbB10H0wkzSVzzQkP42lE7WJ/+"
    "WNhyxCXOOviJXQZ/C0zElS9JdsisbFO/hSozr1jQ5B1k8d16VkWHO89FnxdHYTIeBlBeDkMnXbmaFU2STpsf0mpgS4vCtTFvrYPw1FvzIBMv"
    "EZ/+luLGkv3R50tJ4O86rrrHmXuauVXKaHtGoi51UDD3tap4LVEg5ty3J0hbd6Uyjuf+tmnd2aPfKDkU"
)


def test_the_vector_of_a_confirmation() -> None:
    """Digest «sign-in» §7.4: what clients send of the secret, and the number behind it."""
    parsed = devices.parse_secret(VECTOR, "AMEiIiIiIiIiIiIiIiIiIg==")
    assert parsed is not None
    verifier, salt = parsed
    assert salt == bytes.fromhex("c12222222222222222222222222222")
    password = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw=="
    group, key = "-Gk3yExAmP", "us-east-1_6f0b3f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b"
    assert verifier == srp.verifier(group, key, password, salt)


@given(number=st.integers(1, srp.N - 1), salt=st.integers(1, 2**128 - 1))
def test_numbers_come_back(number: int, salt: int) -> None:
    sent = [base64.b64encode(srp.pad(value)).decode() for value in (number, salt)]
    parsed = devices.parse_secret(*sent)
    assert parsed is not None
    assert (parsed[0], int.from_bytes(parsed[1], "big")) == (number, salt)


@given(st.text(), st.text())
def test_any_other_text_is_refused_in_the_service_s_words(verifier: str, salt: str) -> None:
    try:
        parsed = devices.parse_secret(verifier, salt)
    except InvalidParameterException:
        return
    assert (parsed is None) == (not verifier and not salt)


@pytest.mark.parametrize("key", ["us-east-1_6f0b3f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "a", "x" * 55])
def test_what_could_be_a_key(key: str) -> None:
    assert devices.could_be_a_key(key)


@pytest.mark.parametrize("key", ["", "x" * 56, "us-east-1_é", "a b", "a\n", "a\0", "../x"])
def test_what_could_be_none(key: str) -> None:
    assert not devices.could_be_a_key(key)


@given(st.binary(min_size=32, max_size=32))
def test_a_pool_has_one_group(seed: bytes) -> None:
    group = devices.group_key(seed)
    assert re.fullmatch(r"-[A-Za-z0-9_-]{9}", group)
    assert group == devices.group_key(seed) != devices.group_key(seed[::-1] + b"x")


def test_users_do_not_see_what_is_the_developer_s() -> None:
    device = a_device("s1", remembered=False)
    assert dict(devices.shown(device, "jane", "000000000000", developer=False)).keys() == {
        "device_status",
        "device_name",
        "last_ip_used",
    }
    seen = dict(devices.shown(device, "jane", "000000000000", developer=True))
    assert seen["dev:device_owner"] == f"jane.{POOL}"
    assert seen["dev:device_remembered_status"] == "not_remembered"
