"""Threat protection at work: what a pool in the mode ENFORCED refuses (digest «sign-in» §4.8).

Nothing is looked up for it: pools and clients bring their risk configurations along.
"""

from poolhouse.access.caller import IamCaller
from poolhouse.domain import risk_config
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows.call import AnyCall

ENFORCED = "ENFORCED"


def refuse_address(call: AnyCall, pool: Pool, client: Client) -> None:
    """Refuse a request from an address in `BlockedIPRangeList`, whoever it is about.

    An administrator's own address is none of a user's: only what the administrator tells counts.

    Raises:
        NotAuthorizedException: it is in one.
    """
    told = call.for_user or not isinstance(call.caller, IamCaller)
    if (
        pool.threat_protection == ENFORCED
        and told
        and risk_config.blocks_address(pool, client, call.client_ip)
    ):
        raise NotAuthorizedException("Request not allowed due to security reasons.")
