"""Devices: what users sign in with, told apart by a key, proven by a secret (digest «sign-in» §4.7).

A sign-in without a known key gives a new one. It becomes a device when the client confirms it, with the SRP
verifier of a secret that never leaves the client; only a remembered device spares its user the second factor.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from poolhouse.domain import srp
from poolhouse.errors import InvalidParameterException

REMEMBERED = "remembered"
NOT_REMEMBERED = "not_remembered"
_LONGEST_SALT = 128
_GROUP_LETTERS = 9
_KEY = re.compile(r"[\w-]{1,55}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was confirmed.

    Attributes:
        key: `DeviceKey`.
        name: `DeviceName`, or "".
        salt: of the device's secret, as few bytes as hold it; the number counts.
        sealed_verifier: the SRP verifier, sealed by the vault; empty where the client gave none.
        remembered: whether it may stand in for a second factor.
        last_ip: the address that last signed in with it.
        waiting: a sign-in that has asked for this device, sealed, for clients that hand no `Session` back;
            or empty.
        created, modified, authenticated: seconds since the epoch; the last is of the newest sign-in.
    """

    pool_id: str
    sub: str
    key: str
    name: str
    salt: bytes
    sealed_verifier: bytes
    remembered: bool
    last_ip: str
    created: float
    modified: float
    authenticated: float
    waiting: bytes = b""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """The device that tokens belong to.

    Attributes:
        key: `DeviceKey`, or "" where there is none.
        confirmed: whether it is one of the user's; if not, its key was just offered.
    """

    key: str = ""
    confirmed: bool = False


def new_key(region: str, uuid: str) -> str:
    """Return the key of a new device: the pool's region and something random."""
    return f"{region}_{uuid}"


def could_be_a_key(text: str) -> bool:
    """Tell whether a text has the form of a key; in a sign-in's parameters the model does not say so."""
    return bool(_KEY.match(text))


def group_key(seed: bytes) -> str:
    """Return `DeviceGroupKey`, which stands for the pool's name in the SRP of its devices.

    Args:
        seed: the pool's.
    """
    letters = base64.urlsafe_b64encode(hmac.digest(seed, b"device group", "sha256")).decode()
    return f"-{letters[:_GROUP_LETTERS]}"


def parse_secret(verifier: str | None, salt: str | None) -> tuple[int, bytes] | None:
    """Return the verifier and the salt of `DeviceSecretVerifierConfig`.

    Returns:
        None where neither was sent: such a device is told apart, but can prove nothing.

    Raises:
        InvalidParameterException: one is missing, or is not base64 of a number that SRP can use.
    """
    if not verifier and not salt:
        return None
    number = int.from_bytes(_decoded("PasswordVerifier", verifier or ""), "big")
    if not 0 < number < srp.N:
        raise _invalid("PasswordVerifier")
    salt_bytes = _decoded("Salt", salt or "").lstrip(b"\0")
    if not 0 < len(salt_bytes) <= _LONGEST_SALT:
        raise _invalid("Salt")
    return number, salt_bytes


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid(name) from None


def _invalid(name: str) -> InvalidParameterException:
    return InvalidParameterException(f"Invalid {name} in DeviceSecretVerifierConfig.")


def shown(device: Device, owner: str, account: str, *, developer: bool) -> Iterator[tuple[str, str]]:
    """Yield `DeviceAttributes`: names and values (digest «sign-in» §4.7).

    Args:
        device: the device.
        owner: the user's username.
        account: the account of ARNs.
        developer: whether an administrator asks; only they see what begins with `dev:`.
    """
    region, named = device.pool_id.partition("_")[0], f"{owner}.{device.pool_id}"
    yield "device_status", "valid"
    if device.name:
        yield "device_name", device.name
    if developer:
        arn = f"arn:aws:cognito-idp:{region}:{account}:owner/{named}/device/{device.key}"
        yield "dev:device_arn", arn
        yield "dev:device_owner", named
    yield "last_ip_used", device.last_ip
    if developer:
        yield "dev:device_remembered_status", REMEMBERED if device.remembered else NOT_REMEMBERED
