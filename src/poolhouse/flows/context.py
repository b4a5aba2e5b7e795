"""For whom a server speaks: the address of the user, as it tells it in `ContextData` or `UserContextData`.

It takes the place of the server's own in all that knows addresses: the lock-out, devices, sessions.
"""

import ipaddress
from dataclasses import replace

from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.flows.call import AdminCall, PublicCall


def of_admin(call: AdminCall, address: str | None, agent: str) -> AdminCall:
    """Return an administrator's call as one from the user's address.

    Args:
        call: the request.
        address: `ContextData.IpAddress`; what is no address counts for nothing.
        agent: the User-Agent among `ContextData.HttpHeaders`, or "".
    """
    known = _written(address)
    return replace(call, client_ip=known, for_user=True, user_s_agent=agent) if known else call


def of_client(call: PublicCall, pool: Pool, client: Client, address: str | None) -> PublicCall:
    """Return an app client's call as one from the user's address (digest «sign-in» §4.8).

    Only servers may tell it, which prove themselves by a secret, and only where pool and client say so: who
    could choose their own address would meet no lock-out.

    Args:
        call: the request, whose secret hash is checked before anything counts.
        pool: the client's.
        client: which calls.
        address: `UserContextData.IpAddress`; what is no address counts for nothing.
    """
    known = _written(address)
    if not known or not (client.secrets and client.tells_addresses and pool.tier == "PLUS"):
        return call
    return replace(call, client_ip=known, for_user=True)


def _written(address: str | None) -> str:
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return ""
