"""Devices that users have confirmed."""

import builtins

from sqlalchemy import bindparam, select

from poolhouse.domain.devices import Device
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import devices

_DEVICES = Documents(devices, Device)
_LIST = Statement(
    select(devices.c.doc)
    .where(
        devices.c.pool_id == bindparam("pool_id"),
        devices.c.sub == bindparam("sub"),
        devices.c.device_key > bindparam("after"),
        devices.c.remembered >= bindparam("least"),
    )
    .order_by(devices.c.device_key)
    .limit(bindparam("limit"))
)


class Devices:
    """Devices by user and key."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, sub: str, key: str) -> Device | None:
        """Return the user's device of that key."""
        return _DEVICES.get(self._link, pool_id=pool_id, sub=sub, device_key=key)

    def add(self, device: Device) -> None:
        """Store a new device.

        Raises:
            Conflict: the user has one of that key.
        """
        _DEVICES.add(self._link, device, _key(device), remembered=int(device.remembered))

    def save(self, device: Device) -> Device:
        """Store a changed device; return it with its new version.

        Raises:
            StaleRow: it has changed, or was forgotten, since it was read.
        """
        return _DEVICES.save(self._link, device, _key(device), remembered=int(device.remembered))

    def delete(self, pool_id: str, sub: str, key: str) -> bool:
        """Forget the device; tell whether there was one."""
        return _DEVICES.delete(self._link, pool_id=pool_id, sub=sub, device_key=key)

    def list(
        self, pool_id: str, sub: str, after: str | None, limit: int, *, remembered: bool
    ) -> builtins.list[Device]:
        """Return a user's devices in the order of their keys.

        Args:
            pool_id: the pool.
            sub: the user.
            after: the last key of the page before, or None.
            limit: how many at most.
            remembered: only those that are remembered.
        """
        rows = self._link.all(
            _LIST, pool_id=pool_id, sub=sub, after=after or "", least=int(remembered), limit=limit
        )
        return [_DEVICES.decode(doc) for (doc,) in rows]


def _key(device: Device) -> dict[str, str]:
    return {"pool_id": device.pool_id, "sub": device.sub, "device_key": device.key}
