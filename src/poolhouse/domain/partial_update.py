"""UpdateUserPool and UpdateUserPoolClient that leave alone what is not sent: ours, and off unless asked for.

With the service whatever an update omits goes back to its default, which has cost many a pool its settings
(aws/aws-cli#3302, #6839, #6484; aws/aws-cdk#33282). What is sent replaces the whole member; of `Policies`
each of the two policies is a member of its own.
"""

from collections.abc import Collection, Mapping
from typing import Any

from poolhouse.domain.client import Client
from poolhouse.domain.messages_config import LEGACY
from poolhouse.domain.pool import Pool

_TEMPLATE = "VerificationMessageTemplate"


def of_pool(pool: Pool, request: Mapping[str, Any], members: Collection[str]) -> dict[str, Any]:
    """Return a request that says all that it leaves out.

    Args:
        pool: as it is.
        request: UpdateUserPoolRequest in the wire's form.
        members: those that such a request may have.
    """
    sent = {name: value for name, value in request.items() if value is not None}
    stored = {name: value for name, value in pool.config.items() if name in members}
    policies = dict(stored["Policies"])
    invitation = dict(stored["AdminCreateUserConfig"])
    # It is shown beside `TemporaryPasswordValidityDays`, and only one of the two may be sent.
    days = invitation.pop("UnusedAccountValidityDays")
    if (sent.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays"):
        password = dict(policies["PasswordPolicy"])
        password.pop("TemporaryPasswordValidityDays", None)
        policies["PasswordPolicy"] = password
    elif (sent.get("Policies") or {}).get("PasswordPolicy"):
        sent["Policies"] = {
            **sent["Policies"],
            "PasswordPolicy": {"TemporaryPasswordValidityDays": days, **sent["Policies"]["PasswordPolicy"]},
        }
    # Where the template and its legacy members differ the template counts: what was sent must.
    replaced = {name for legacy, name in LEGACY.items() if legacy in sent}
    stored[_TEMPLATE] = {name: value for name, value in stored[_TEMPLATE].items() if name not in replaced}
    if _TEMPLATE in sent:
        stored = {name: value for name, value in stored.items() if name not in LEGACY}
    return {
        **stored,
        "AdminCreateUserConfig": invitation,
        **sent,
        "Policies": {**policies, **(sent.get("Policies") or {})},
    }


def of_client(client: Client, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request that says all that it leaves out.

    Args:
        client: as it is.
        request: UpdateUserPoolClientRequest in the wire's form.
    """
    return {**client.config, **{name: value for name, value in request.items() if value is not None}}
