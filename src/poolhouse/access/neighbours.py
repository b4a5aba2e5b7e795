"""Whom `serve --dev` listens to. It takes any signature, so being reachable must not be enough.

A web page that is open in a browser on the same machine reaches loopback, too. It may use an app client's
operations, as from anywhere (CORS is open, as the service has it), but it must not administer. Neither must
one whose name came to mean this machine after it was loaded (DNS rebinding): to the browser that is the same
origin, and only the Host header tells.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from poolhouse.settings import Settings


class Neighbours:
    """The names of this machine's loopback, and those that the settings add."""

    def __init__(self, settings: Settings) -> None:
        urls = (settings.public_url, *(region.public_url for region in settings.server.regions))
        self._names = {settings.server.host.lower(), *(urlsplit(url).hostname for url in urls)}
        self._origins = frozenset(settings.server.dev_origins)

    def named(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a request's Host header names this machine.

        Programs may leave it out, which the server tells as an empty one; browsers always send the page's.
        """
        host: str = environ.get("HTTP_HOST", "")
        return not host or self._is_here(f"//{host}")

    def page_may_administer(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a request comes from no web page, or from one of this machine or of the settings."""
        origin: str | None = environ.get("HTTP_ORIGIN")
        return origin is None or origin in self._origins or self._is_here(origin)

    def _is_here(self, url: str) -> bool:
        try:
            name = urlsplit(url).hostname
        except ValueError:
            return False
        return name is not None and (name in self._names or is_loopback(name))


def is_loopback(name: str) -> bool:
    """Tell whether a host name, or address, is always this machine's own (RFC 6761 §6.3 for the names)."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
