"""Ranges of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3), and what lies in them.

An IPv4 address that is written as an IPv6 one (RFC 4291 §2.5.5.2) is the IPv4 address: who is kept out by the
one is kept out by the other.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_IPV4_KEPT, _IPV6_KEPT = 24, 48
"""What is left of an address where its network is meant: what one provider gives one place."""


def parse(text: str) -> _Network | None:
    """Return the range that a text names; None where it names none.

    Bits behind the prefix count for nothing: `10.1.2.3/8` is `10.0.0.0/8`.
    """
    if "/" not in text:
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        low = int(network.network_address) & 0xFFFF_FFFF
        return ipaddress.IPv4Network((low, network.prefixlen - _MAPPED.prefixlen))
    return network


def holds(ranges: Sequence[str], address: str) -> bool:
    """Tell whether an address lies in one of the ranges; what is no address lies in none.

    Args:
        ranges: in CIDR notation; what names no range holds nothing.
        address: as the server knows its caller's.
    """
    if not ranges:
        return False
    known = _address(address)
    return known is not None and any(known in network for network in _networks(tuple(ranges)))


@lru_cache(4096)
def network_of(address: str) -> str:
    """Return the network that an address is of, `203.0.113.0/24` or `2001:db8:1::/48`; "" for no address."""
    known = _address(address)
    if known is None:
        return ""
    return str(ipaddress.ip_network((known, _IPV4_KEPT if known.version == 4 else _IPV6_KEPT), strict=False))


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(256)
def _networks(ranges: tuple[str, ...]) -> tuple[_Network, ...]:
    return tuple(network for network in map(parse, ranges) if network)
