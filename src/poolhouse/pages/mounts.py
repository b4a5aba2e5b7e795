"""Where the pages are; what draws them is imported with the first request for one."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from poolhouse.flows.call import Services
from poolhouse.flows.looks import ASSETS
from poolhouse.flows.notifications import PATH as FEEDBACK_PATH
from poolhouse.flows.user_import import UPLOAD_PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PUBLIC, FEEDBACK, IMPORTS, DEV = "/confirmUser", FEEDBACK_PATH, UPLOAD_PATH, "/_poolhouse"
HOSTED = (
    "/oauth2/authorize",
    "/login",
    "/logout",
    "/signup",
    "/confirm",
    "/resendcode",
    "/forgotPassword",
    "/confirmforgotPassword",
    "/resetPassword",
    "/mfa",
    "/mfaOption",
    "/passkeys/add",
    "/error",
)
"""The pages of managed login, under the paths that the service has for them (digest «sign-in» §5.1)."""


Limit = Callable[[str], None]
"""Counts a request of an operation, or raises TooManyRequestsException."""


def mounts(services: Services, limit: Limit | None = None) -> "Mapping[str, WSGIApplication]":
    """Return path prefix → application. The outbox is there under `--dev` alone.

    Args:
        services: the process's.
        limit: what counts the requests of the API, for forms that do what its operations do.
    """

    @cache
    def pages() -> "Mapping[str, WSGIApplication]":
        from poolhouse.pages import web  # noqa: PLC0415 (Werkzeug and Jinja are slow to import)

        return web.applications(services, limit)

    def at(prefix: str) -> "WSGIApplication":
        def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return pages()[prefix](environ, start_response)

        return answer

    dev = (DEV,) if services.settings.dev else ()
    return {prefix: at(prefix) for prefix in (PUBLIC, FEEDBACK, ASSETS, *HOSTED, IMPORTS, *dev)}
