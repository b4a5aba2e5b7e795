"""The door of `serve --dev`: requests that came here under a foreign name go no further."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from poolhouse.access.neighbours import Neighbours
from poolhouse.observe import Log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADVICE = "serve --dev answers to localhost. Set server.public_url if it is reached under another name"
_log = Log()


def guarded(application: "WSGIApplication", neighbours: Neighbours) -> "WSGIApplication":
    """Return the application for who calls it by a name of this machine's; others get status 403."""

    def guard(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if neighbours.named(environ):
            return application(environ, start_response)
        _log.warning("foreign_host_refused", advice=_ADVICE)
        body = msgspec.json.encode({"__type": "AccessDeniedException", "message": _ADVICE})
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("403 Forbidden", headers)
        return [body]

    return guard
