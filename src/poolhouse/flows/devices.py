"""A user's devices: confirmed, used, remembered, forgotten (digest «sign-in» §4.7)."""

from dataclasses import replace

from poolhouse.domain import devices as rules
from poolhouse.domain.devices import Device
from poolhouse.domain.pool import Pool
from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import User
from poolhouse.errors import (
    DeviceKeyExistsException,
    InvalidParameterException,
    ResourceNotFoundException,
)
from poolhouse.flows.call import AnyCall, UserCall
from poolhouse.keys.passwords import seal_verifier
from poolhouse.store import Tx


def require(tx: Tx, user: User, key: str) -> Device:
    """Return a user's device.

    Raises:
        ResourceNotFoundException: the user has none of that key, in words that clients look for.
    """
    device = tx.devices.get(user.pool_id, user.sub, key) if rules.could_be_a_key(key) else None
    if device is None:
        raise missing()
    return device


def named(call: AnyCall, pool: Pool, user: User | None, key: str | None) -> Device | None:
    """Return the device that a sign-in names, if it names one and the pool knows devices.

    Raises:
        ResourceNotFoundException: the user has none of that key; clients then go on without.
    """
    if user is None or not key or not pool.remembers_devices:
        return None
    return call.store.read(lambda tx: require(tx, user, key))


def confirm(call: UserCall, key: str, secret: tuple[int, bytes] | None, name: str) -> Device:
    """Make a device of the key that came with the caller's tokens, and bind those tokens to it.

    Args:
        call: by the access token.
        key: the one that was offered.
        secret: the SRP verifier and salt of the device's secret, if it has one.
        name: for the user to tell it apart, or "".

    Raises:
        DeviceKeyExistsException: the user has a device of that key.
        InvalidParameterException: the key did not come with these tokens, or its device was forgotten.
    """
    pool, user, now = call.caller.pool, call.caller.user, call.clock.now()
    verifier, salt = secret or (0, b"")
    sealed = seal_verifier(call.vault, verifier_place(pool.id, user.sub, key), verifier) if secret else b""
    device = Device(
        pool_id=pool.id,
        sub=user.sub,
        key=key,
        name=name,
        salt=salt,
        sealed_verifier=sealed,
        remembered=not pool.asks_before_remembering,
        last_ip=call.client_ip,
        created=now,
        modified=now,
        authenticated=now,
    )

    def work(tx: Tx) -> None:
        family = tx.families.get(pool.id, call.caller.claims["event_id"])
        if tx.devices.get(pool.id, user.sub, key):
            raise DeviceKeyExistsException("Device key already exists.")
        if family is None or family.device_key != key or family.device_confirmed:
            raise InvalidParameterException("Invalid device key given.")  # seen, as in boto/boto3#4059
        tx.families.save(replace(family, device_confirmed=True))  # first: of two at once, one runs again
        tx.devices.add(device)

    call.store.write(work)
    return device


def set_status(call: AnyCall, user: User, key: str, status: str | None) -> None:
    """Remember a device or do so no more; without a status nothing changes.

    Raises:
        ResourceNotFoundException: the user has none of that key.
    """
    now = call.clock.now()

    def work(tx: Tx) -> None:
        device = require(tx, user, key)
        if status is not None:
            tx.devices.save(replace(device, remembered=status == rules.REMEMBERED, modified=now))

    call.store.write(work)


def forget(call: AnyCall, user: User, key: str) -> None:
    """Delete a device. The refresh tokens that belong to it are good for nothing from now on (`holds`).

    Raises:
        ResourceNotFoundException: the user has none of that key.
    """

    def work(tx: Tx) -> None:
        if not tx.devices.delete(user.pool_id, user.sub, key):
            raise missing()

    call.store.write(work)


def note_sign_in(tx: Tx, user: User, key: str, *, ip: str, now: float) -> None:
    """Note that a user signed in with a device.

    Raises:
        ResourceNotFoundException: it was forgotten meanwhile.
    """
    device = require(tx, user, key)
    tx.devices.save(replace(device, last_ip=ip, authenticated=now, modified=now, waiting=b""))


def holds(call: AnyCall, family: TokenFamily, key: str | None) -> bool:
    """Tell whether tokens may be refreshed by whoever names a device's key, or none.

    Tokens that were not issued to a confirmed device, and whose device was not confirmed since, are nobody's
    in particular.
    """
    if not family.device_confirmed:
        return True
    if key != family.device_key:
        return False
    return call.store.peek(lambda tx: tx.devices.get(family.pool_id, family.sub, key)) is not None


def missing() -> ResourceNotFoundException:
    """Return the error for a device that is not there, in words that clients look for."""
    return ResourceNotFoundException("Device does not exist.")


def verifier_place(pool_id: str, sub: str, key: str) -> str:
    """Return for where a device's verifier is sealed."""
    return f"devices/{pool_id}/{sub}/{key}/verifier"
