"""Where the endpoints are that clients call; those that browsers visit are pages."""

from collections.abc import Mapping

from poolhouse.flows.call import Services
from poolhouse.oauth import revoke, token, user_info
from poolhouse.oauth.endpoint import Endpoint


def mounts(services: Services, authorise: user_info.AccessTokenCheck) -> Mapping[str, Endpoint]:
    """Return path → endpoint.

    Args:
        services: what they may reach.
        authorise: verifies access tokens.
    """
    endpoints = (
        (token.PATH, Endpoint(services, token.PATH, token.answer)),
        (revoke.PATH, Endpoint(services, revoke.PATH, revoke.answer, refused=revoke.refused)),
        (
            user_info.PATH,
            Endpoint(
                services,
                user_info.PATH,
                user_info.UserInfo(authorise),
                methods=("GET", "POST"),
                refused=user_info.refused,
            ),
        ),
    )
    return dict(endpoints)
