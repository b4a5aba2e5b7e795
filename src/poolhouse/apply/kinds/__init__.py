"""The kinds of resources that a file can describe.

To add one: a class in a module of its own, its line in `KINDS`, a row in `docs/how-to/apply.md`.
"""

from collections.abc import Mapping

from poolhouse.apply.kinds.base import Kind
from poolhouse.apply.kinds.clients import UserPoolClient
from poolhouse.apply.kinds.domains import UserPoolDomain
from poolhouse.apply.kinds.groups import UserPoolGroup
from poolhouse.apply.kinds.logs import LogDeliveryConfiguration
from poolhouse.apply.kinds.looks import ManagedLoginBranding, Terms, UserPoolUICustomizationAttachment
from poolhouse.apply.kinds.pools import UserPool
from poolhouse.apply.kinds.protection import UserPoolRiskConfigurationAttachment
from poolhouse.apply.kinds.resource_servers import UserPoolResourceServer
from poolhouse.apply.kinds.users import UserPoolUser, UserPoolUserToGroupAttachment

PREFIX = "AWS::Cognito::"
KINDS: Mapping[str, Kind] = {
    f"{PREFIX}{kind.name}": kind
    for kind in (
        UserPool(),
        UserPoolResourceServer(),
        UserPoolClient(),
        UserPoolDomain(),
        UserPoolGroup(),
        UserPoolUICustomizationAttachment(),
        ManagedLoginBranding(),
        Terms(),
        UserPoolRiskConfigurationAttachment(),
        LogDeliveryConfiguration(),
        UserPoolUser(),
        UserPoolUserToGroupAttachment(),
    )
}
"""Type → kind, in the order in which they are made where a file asks for no other."""

NOT_YET = frozenset({f"{PREFIX}UserPoolIdentityProvider"})
"""What belongs to user pools, and cannot be made yet."""
