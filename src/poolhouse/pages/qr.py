"""QR codes, as SVG that stands in a page."""

import segno
from markupsafe import Markup

_BORDER = 1


def svg(text: str) -> Markup:
    """Return the QR code of a text."""
    code = segno.make_qr(text, error="m")
    return Markup(code.svg_inline(omitsize=True, border=_BORDER, svgclass=None, lineclass=None))  # noqa: S704 (drawn of modules alone)
