"""`/logout`: the browser's session ends; then to the application, or to the sign-in page.

Digest «sign-in» §5.8. Tokens stay good. Whoever sends a browser here signs it out, and does no more.
"""

from werkzeug.wrappers import Response

from poolhouse.domain import redirects
from poolhouse.flows import browser_session
from poolhouse.pages.asking import error_page
from poolhouse.pages.language import N_
from poolhouse.pages.render import redirection
from poolhouse.pages.visit import Visit

_NOWHERE = N_("Required String parameter 'redirect_uri' is not present")


def logout(visit: Visit) -> Response:
    """End the browser's session and send it on; `logout_uri` counts before `redirect_uri`."""
    browser_session.end(visit.call, visit.pool, visit.session_cookie)
    return visit.signed_out(_onwards(visit))


def _onwards(visit: Visit) -> Response:
    logout_uri = visit.request.args.getlist("logout_uri")
    if len(logout_uri) == 1 and redirects.is_sign_out(visit.registered, logout_uri[0]):
        return redirection(logout_uri[0])
    callback = visit.request.args.getlist("redirect_uri")
    if len(callback) != 1:
        return visit.problem(_NOWHERE, 400)
    if not redirects.is_callback(visit.registered, callback[0]):
        return redirection(error_page("redirect_mismatch", visit.registered.id))
    return redirection(visit.to("/login"))
