"""Where the endpoints are that clients call; those that browsers visit are pages."""

from collections.abc import Mapping

from poolhouse.flows.call import Services
from poolhouse.oauth import register, revoke, token, user_info
from poolhouse.oauth.endpoint import Endpoint, Limit


def mounts(
    services: Services,
    authorise: user_info.AccessTokenCheck,
    pool_of: register.TokenCheck,
    limit: Limit | None,
) -> Mapping[str, Endpoint]:
    """Return path → endpoint.

    Args:
        services: what they may reach.
        authorise: verifies users' access tokens.
        pool_of: verifies access tokens, those of clients, too.
        limit: counts the requests of the API, for endpoints that do what its operations do.
    """
    return {
        token.PATH: Endpoint(services, token.PATH, token.answer, counts_as=token.counts_as, limit=limit),
        revoke.PATH: Endpoint(
            services,
            revoke.PATH,
            revoke.answer,
            counts_as=lambda _: "RevokeToken",
            limit=limit,
            refused=revoke.refused,
        ),
        user_info.PATH: Endpoint(
            services,
            user_info.PATH,
            user_info.UserInfo(authorise),
            counts_as=lambda _: "GetUser",
            limit=limit,
            methods=("GET", "POST"),
            refused=user_info.refused,
        ),
        register.PATH: Endpoint(
            services,
            register.PATH,
            register.Register(pool_of),
            counts_as=lambda _: "CreateUserPoolClient",
            limit=limit,
            refused=register.refused,
            takes_json=True,
            below=True,
        ),
    }
