"""Styles of managed login: create, describe, update and delete."""

from collections.abc import Sequence
from dataclasses import replace

from poolhouse.domain import branding as rules
from poolhouse.domain.branding import Asset, Style
from poolhouse.domain.branding_defaults import DEFAULTS
from poolhouse.domain.images import Image, base64_of, content_of, image
from poolhouse.errors import (
    InvalidParameterException,
    LimitExceededException,
    ManagedLoginBrandingExistsException,
    ResourceNotFoundException,
)
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import stored_client, stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Conflict, Tx
from poolhouse.wire import shapes

Uploads = list[tuple[Asset, Image | None]]
"""What a request has for each place: its image, or None where it only names one that is there."""


@operation
def create_managed_login_branding(
    call: AdminCall, request: shapes.CreateManagedLoginBrandingRequest
) -> shapes.CreateManagedLoginBrandingResponse:
    """Give a client's managed login pages a style.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        ManagedLoginBrandingExistsException: the client has a style.
        InvalidParameterException: settings or images are not such, or contradict `UseCognitoProvidedValues`.
        LimitExceededException: the pool has twenty styles.
    """
    provided = bool(request.UseCognitoProvidedValues)
    rules.check_request(provided=provided, settings=request.Settings, assets=request.Assets)
    now = call.clock.now()
    new = Style(request.UserPoolId, 0, call.entropy.uuid(), request.ClientId, now, now)
    uploads = _uploads(new, request.Assets or ())

    def work(tx: Tx) -> Style:
        stored_client(tx, new.pool_id, new.client_id)
        if tx.styles.of_client(new.pool_id, new.client_id) is not None:
            raise _exists(new.client_id)
        slot = tx.styles.free_slot(new.pool_id)
        if slot is None:
            raise LimitExceededException(f"A user pool can have at most {rules.MOST_STYLES} styles.")
        assets = _stored(tx, new, uploads)
        style = rules.changed(new, provided=provided, settings=request.Settings, assets=assets, now=now)
        style = replace(style, slot=slot)
        try:
            tx.styles.add(style)
        except Conflict:
            raise _exists(new.client_id) from None
        return style

    style = write_configuration(call.store, work)
    return shapes.CreateManagedLoginBrandingResponse(ManagedLoginBranding=_describe(call, style))


@operation
def describe_managed_login_branding(
    call: AdminCall, request: shapes.DescribeManagedLoginBrandingRequest
) -> shapes.DescribeManagedLoginBrandingResponse:
    """Describe a style: what its owner has set, or with `ReturnMergedResources` all that counts.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such style in it.
    """
    style = call.store.read(lambda tx: _require(tx, request.UserPoolId, request.ManagedLoginBrandingId))
    merged = bool(request.ReturnMergedResources)
    return shapes.DescribeManagedLoginBrandingResponse(
        ManagedLoginBranding=_describe(call, style, merged=merged)
    )


@operation
def describe_managed_login_branding_by_client(
    call: AdminCall, request: shapes.DescribeManagedLoginBrandingByClientRequest
) -> shapes.DescribeManagedLoginBrandingByClientResponse:
    """Describe a client's style likewise.

    Raises:
        ResourceNotFoundException: there is no such pool or client, or it has no style.
    """

    def work(tx: Tx) -> Style:
        stored_client(tx, request.UserPoolId, request.ClientId)
        style = tx.styles.of_client(request.UserPoolId, request.ClientId)
        if style is None:
            raise ResourceNotFoundException(
                f"Managed login branding does not exist for client {request.ClientId}."
            )
        return style

    merged = bool(request.ReturnMergedResources)
    return shapes.DescribeManagedLoginBrandingByClientResponse(
        ManagedLoginBranding=_describe(call, call.store.read(work), merged=merged)
    )


@operation
def update_managed_login_branding(
    call: AdminCall, request: shapes.UpdateManagedLoginBrandingRequest
) -> shapes.UpdateManagedLoginBrandingResponse:
    """Change a style: what the request does not name stays.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such style in it.
        InvalidParameterException: settings or images are not such, contradict `UseCognitoProvidedValues`, or
            pool and style are not named.
        ConcurrentModificationException: the style never stops changing.
    """
    pool_id, style_id = request.UserPoolId, request.ManagedLoginBrandingId
    if pool_id is None or style_id is None:
        raise InvalidParameterException("UserPoolId and ManagedLoginBrandingId are required.")
    provided = request.UseCognitoProvidedValues
    rules.check_request(provided=bool(provided), settings=request.Settings, assets=request.Assets)
    now = call.clock.now()
    owner = Style(pool_id, 0, style_id, "", now, now)
    uploads = _uploads(owner, request.Assets or ())

    def work(tx: Tx) -> Style:
        style = _require(tx, pool_id, style_id)
        assets = _stored(tx, style, uploads)
        style = rules.changed(style, provided=provided, settings=request.Settings, assets=assets, now=now)
        tx.images.keep(pool_id, style_id, {asset.name for asset in style.assets})
        return tx.styles.save(style)

    style = write_configuration(call.store, work)
    return shapes.UpdateManagedLoginBrandingResponse(ManagedLoginBranding=_describe(call, style))


@operation
def delete_managed_login_branding(call: AdminCall, request: shapes.DeleteManagedLoginBrandingRequest) -> None:
    """Delete a style and its images; the client's managed login pages are unavailable without one.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such style in it.
    """

    def work(tx: Tx) -> None:
        style = _require(tx, request.UserPoolId, request.ManagedLoginBrandingId)
        tx.images.keep(style.pool_id, style.id, ())
        tx.styles.delete(style)

    call.store.write(work)


def _uploads(style: Style, assets: Sequence[shapes.AssetType]) -> Uploads:
    """Return the request's images, checked."""
    uploads: Uploads = []
    for sent in assets:
        rules.check_kind(sent.Category, sent.Extension)
        found = None
        if sent.Bytes is not None:
            found = image(style.pool_id, style.id, sent.Extension, content_of(sent.Bytes))
        asset = Asset(
            sent.Category,
            sent.ColorMode,
            sent.Extension,
            found.digest if found else "",
            sent.ResourceId or "",
        )
        uploads.append((asset, found))
    return uploads


def _stored(tx: Tx, style: Style, uploads: Uploads) -> list[Asset]:
    """Store the images; return what becomes of each place."""
    known = {asset.place: asset for asset in style.assets}
    assets = []
    for asset, found in uploads:
        if found is not None:
            tx.images.add(found)
            assets.append(asset)
        elif asset.place in known:
            assets.append(known[asset.place])
        else:
            raise InvalidParameterException(f"Asset {asset.category} has no Bytes.")
    return assets


def _require(tx: Tx, pool_id: str, style_id: str) -> Style:
    stored_pool(tx, pool_id)
    style = tx.styles.get(pool_id, style_id)
    if style is None:
        raise ResourceNotFoundException(f"Managed login branding {style_id} does not exist.")
    return style


def _exists(client_id: str) -> ManagedLoginBrandingExistsException:
    return ManagedLoginBrandingExistsException(
        f"Managed login branding already exists for client {client_id}."
    )


def _describe(call: AdminCall, style: Style, *, merged: bool = False) -> shapes.ManagedLoginBrandingType:
    """Return a style with its images."""

    def content(tx: Tx, asset: Asset) -> str | None:
        found = tx.images.get(style.pool_id, style.id, asset.name)
        return base64_of(found.content) if found else None  # None: it was replaced a moment ago

    contents = call.store.read(lambda tx: [content(tx, asset) for asset in style.assets])
    return shapes.ManagedLoginBrandingType(
        ManagedLoginBrandingId=style.id,
        UserPoolId=style.pool_id,
        UseCognitoProvidedValues=style.provided,
        Settings=rules.merged(DEFAULTS, style.settings) if merged else style.settings,
        Assets=[
            shapes.AssetType(
                Category=asset.category,
                ColorMode=asset.color_mode,
                Extension=asset.extension,
                Bytes=content,
                ResourceId=asset.resource_id or None,
            )
            for asset, content in zip(style.assets, contents, strict=True)
        ],
        CreationDate=style.created,
        LastModifiedDate=style.modified,
    )
