"""Devices: confirmed by the client that got the key, managed by their user or by administrators.

Administrators see every device; users list those that are remembered.
"""

from collections.abc import Sequence

from poolhouse.domain import devices as rules
from poolhouse.domain.devices import Device
from poolhouse.domain.user import User
from poolhouse.errors import ResourceNotFoundException, UserNotFoundException
from poolhouse.flows import devices, paging
from poolhouse.flows.call import AdminCall, AnyCall, UserCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def confirm_device(call: UserCall, request: shapes.ConfirmDeviceRequest) -> shapes.ConfirmDeviceResponse:
    """Confirm the device whose key came with the caller's tokens.

    Raises:
        InvalidParameterException: another key; or a verifier or salt that SRP cannot use.
        DeviceKeyExistsException: it was confirmed before.
    """
    config = request.DeviceSecretVerifierConfig
    secret = rules.parse_secret(config.PasswordVerifier, config.Salt) if config else None
    device = devices.confirm(call, request.DeviceKey, secret, request.DeviceName or "")
    return shapes.ConfirmDeviceResponse(UserConfirmationNecessary=not device.remembered)


@operation
def get_device(call: UserCall, request: shapes.GetDeviceRequest) -> shapes.GetDeviceResponse:
    """Return one of the caller's devices.

    Raises:
        ResourceNotFoundException: they have none of that key.
    """
    user = call.caller.user
    device = call.store.read(lambda tx: devices.require(tx, user, request.DeviceKey))
    return shapes.GetDeviceResponse(Device=_device(call, user, device))


@operation
def admin_get_device(call: AdminCall, request: shapes.AdminGetDeviceRequest) -> shapes.AdminGetDeviceResponse:
    """Return a user's device.

    Raises:
        ResourceNotFoundException: there is no such pool or user, or the user has no such device.
    """
    user = _resource(call, request.UserPoolId, request.Username)
    device = call.store.read(lambda tx: devices.require(tx, user, request.DeviceKey))
    return shapes.AdminGetDeviceResponse(Device=_device(call, user, device, developer=True))


@operation
def list_devices(call: UserCall, request: shapes.ListDevicesRequest) -> shapes.ListDevicesResponse:
    """Return the caller's remembered devices, a page at a time.

    Raises:
        InvalidParameterException: the token is none of this request's.
    """
    user = call.caller.user
    page, following = _page(call, user, request.Limit, request.PaginationToken, remembered=True)
    return shapes.ListDevicesResponse(
        Devices=[_device(call, user, device) for device in page], PaginationToken=following
    )


@operation
def admin_list_devices(
    call: AdminCall, request: shapes.AdminListDevicesRequest
) -> shapes.AdminListDevicesResponse:
    """Return a user's devices, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool or user.
        InvalidParameterException: the token is none of this request's.
    """
    user = _resource(call, request.UserPoolId, request.Username)
    page, following = _page(call, user, request.Limit, request.PaginationToken, remembered=False)
    return shapes.AdminListDevicesResponse(
        Devices=[_device(call, user, device, developer=True) for device in page], PaginationToken=following
    )


@operation
def update_device_status(
    call: UserCall, request: shapes.UpdateDeviceStatusRequest
) -> shapes.UpdateDeviceStatusResponse:
    """Remember one of the caller's devices, or do so no more.

    Raises:
        ResourceNotFoundException: they have none of that key.
    """
    devices.set_status(call, call.caller.user, request.DeviceKey, request.DeviceRememberedStatus)
    return shapes.UpdateDeviceStatusResponse()


@operation
def admin_update_device_status(
    call: AdminCall, request: shapes.AdminUpdateDeviceStatusRequest
) -> shapes.AdminUpdateDeviceStatusResponse:
    """Remember a user's device, or do so no more.

    Raises:
        UserNotFoundException: there is no such user.
        ResourceNotFoundException: there is no such pool, or the user has no such device.
    """
    user = _user(call, request.UserPoolId, request.Username)
    devices.set_status(call, user, request.DeviceKey, request.DeviceRememberedStatus)
    return shapes.AdminUpdateDeviceStatusResponse()


@operation
def forget_device(call: UserCall, request: shapes.ForgetDeviceRequest) -> None:
    """Forget one of the caller's devices; its refresh tokens refresh no more.

    Raises:
        ResourceNotFoundException: they have none of that key.
    """
    devices.forget(call, call.caller.user, request.DeviceKey)


@operation
def admin_forget_device(call: AdminCall, request: shapes.AdminForgetDeviceRequest) -> None:
    """Forget a user's device; its refresh tokens refresh no more.

    Raises:
        UserNotFoundException: there is no such user.
        ResourceNotFoundException: there is no such pool, or the user has no such device.
    """
    user = _user(call, request.UserPoolId, request.Username)
    devices.forget(call, user, request.DeviceKey)


def _user(call: AdminCall, pool_id: str, username: str) -> User:
    pool = require_pool(call, pool_id)
    return call.store.read(lambda tx: require_user(tx, pool, username))


def _resource(call: AdminCall, pool_id: str, username: str) -> User:
    """Find the user for operations that declare no UserNotFoundException."""
    try:
        return _user(call, pool_id, username)
    except UserNotFoundException as error:
        raise ResourceNotFoundException(error.message) from error


def _page(
    call: AnyCall, user: User, limit: int | None, token: str | None, *, remembered: bool
) -> tuple[Sequence[Device], str | None]:
    """Return a page of devices, and the token for the next."""
    bound_to = f"ListDevices/{user.pool_id}/{user.sub}/{remembered}"

    def fetch(after: str | None, most: int) -> Sequence[Device]:
        return call.store.peek(
            lambda tx: tx.devices.list(user.pool_id, user.sub, after, most, remembered=remembered)
        )

    return paging.page(call, bound_to, token, limit, fetch=fetch, key=lambda device: device.key)


def _device(call: AnyCall, user: User, device: Device, *, developer: bool = False) -> shapes.DeviceType:
    account = call.settings.server.account_id
    return shapes.DeviceType(
        DeviceKey=device.key,
        DeviceAttributes=[
            shapes.AttributeType(Name=name, Value=value)
            for name, value in rules.shown(device, user.username, account, developer=developer)
        ],
        DeviceCreateDate=device.created,
        DeviceLastModifiedDate=device.modified,
        DeviceLastAuthenticatedDate=device.authenticated,
    )
