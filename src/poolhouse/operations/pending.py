"""What this server does not have yet. These operations answer as unknown: nothing pretends.

Whoever writes a handler takes its name out, from the section of its module.
"""

PENDING = frozenset(
    {
        # Module identity_providers.
        "AdminLinkProviderForUser",
        "CreateIdentityProvider",
        "DeleteIdentityProvider",
        "DescribeIdentityProvider",
        "GetIdentityProviderByIdentifier",
        "ListIdentityProviders",
        "UpdateIdentityProvider",
    }
)
