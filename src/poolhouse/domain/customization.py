"""How a pool's or a client's classic pages are changed: CSS and a logo (digest «sign-in» §5.10)."""

from dataclasses import dataclass

from poolhouse.domain import classic_css
from poolhouse.domain.images import Image, image, recognised
from poolhouse.errors import InvalidParameterException

ALL = "ALL"
_LONGEST_CSS = 3 * 1024
_LARGEST_IMAGE = 100 * 1024


@dataclass(frozen=True, slots=True)
class Customization:
    """What SetUICustomization stored.

    Attributes:
        client_id: an app client, or `ALL`.
        css: as it was sent.
        rules: the same as pages carry it.
        logo: name of the logo's file, or "".
        created, modified: seconds since the epoch.
    """

    pool_id: str
    client_id: str
    css: str
    rules: str
    logo: str
    created: float
    modified: float
    version: int = 0


def logo_of(pool_id: str, client_id: str, content: bytes) -> Image:
    """Return an uploaded logo.

    Raises:
        InvalidParameterException: it is larger than 100 KB, or neither PNG nor JPEG.
    """
    if len(content) > _LARGEST_IMAGE:
        raise InvalidParameterException("request parameters too large")
    extension = recognised(content)
    if extension is None:
        raise InvalidParameterException("The image file must be a PNG or JPEG file.")
    return image(pool_id, client_id, extension, content)


def rules_of(css: str) -> str:
    """Return the rules that pages carry for a customer's CSS.

    Raises:
        InvalidParameterException: it is longer than 3 KB, or `classic_css.checked` refuses it.
    """
    if len(css.encode()) > _LONGEST_CSS:
        raise InvalidParameterException("request parameters too large")
    return classic_css.checked(css)
