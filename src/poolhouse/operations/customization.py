"""How classic pages look: SetUICustomization and GetUICustomization."""

from datetime import UTC, datetime

from poolhouse.domain.customization import ALL, Customization, logo_of, rules_of
from poolhouse.domain.images import content_of
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException
from poolhouse.flows.call import AdminCall
from poolhouse.flows.hosts import base_url
from poolhouse.flows.looks import image_path
from poolhouse.flows.lookup import stored_client, stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def set_ui_customization(
    call: AdminCall, request: shapes.SetUICustomizationRequest
) -> shapes.SetUICustomizationResponse:
    """Replace CSS and logo of a client's classic pages, or of all clients' that have none of their own.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: the CSS is not allowed, the image is none, or they are too large; or the
            pool has no domain.
    """
    client_id = request.ClientId or ALL
    css = request.CSS or ""
    rules = rules_of(css)
    logo = (
        logo_of(request.UserPoolId, client_id, content_of(request.ImageFile)) if request.ImageFile else None
    )
    now = call.clock.now()

    def work(tx: Tx) -> tuple[Pool, Customization]:
        pool = _pool(tx, request.UserPoolId, client_id)
        if not pool.domains:
            raise InvalidParameterException(
                "There has to be an existing domain associated with this user pool."
            )
        known = tx.customizations.get(pool.id, client_id)
        created = known.created if known else now
        name = logo.name if logo else ""
        customization = Customization(pool.id, client_id, css, rules, name, created, now)
        if logo is not None:
            tx.images.add(logo)
        tx.images.keep(pool.id, client_id, (name,))
        return pool, tx.customizations.put(customization)

    pool, customization = call.store.write(work)
    return shapes.SetUICustomizationResponse(UICustomization=_describe(call, pool, customization))


@operation
def get_ui_customization(
    call: AdminCall, request: shapes.GetUICustomizationRequest
) -> shapes.GetUICustomizationResponse:
    """Return what counts for a client: its own customization, else the pool's, else an empty one.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
    """
    client_id = request.ClientId or ALL

    def work(tx: Tx) -> tuple[Pool, Customization | None]:
        pool = _pool(tx, request.UserPoolId, client_id)
        own = tx.customizations.get(pool.id, client_id)
        return pool, own or tx.customizations.get(pool.id, ALL)

    pool, customization = call.store.read(work)
    described = _describe(call, pool, customization) if customization else shapes.UICustomizationType()
    return shapes.GetUICustomizationResponse(UICustomization=described)


def _pool(tx: Tx, pool_id: str, client_id: str) -> Pool:
    return stored_pool(tx, pool_id) if client_id == ALL else stored_client(tx, pool_id, client_id)[0]


def _describe(call: AdminCall, pool: Pool, customization: Customization) -> shapes.UICustomizationType:
    url = None
    if customization.logo:
        url = base_url(call.settings, pool) or call.settings.public_url
        url += image_path(pool.id, customization.client_id, customization.logo)
    return shapes.UICustomizationType(
        UserPoolId=pool.id,
        ClientId=customization.client_id,
        ImageUrl=url,
        CSS=customization.css or None,
        CSSVersion=datetime.fromtimestamp(customization.modified, UTC).strftime("%Y%m%d%H%M%S"),
        LastModifiedDate=customization.modified,
        CreationDate=customization.created,
    )
