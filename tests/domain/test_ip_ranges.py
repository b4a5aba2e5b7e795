"""Ranges of addresses: what they hold, against the arithmetic of their definition."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.ip_ranges import holds, network_of, parse

V4, V6 = st.ip_addresses(v=4), st.ip_addresses(v=6)


@given(V4, V4, st.integers(0, 32))
def test_an_ipv4_range_holds_what_shares_its_prefix(
    inside: IPv4Address, other: IPv4Address, bits: int
) -> None:
    same = int(inside) >> (32 - bits) == int(other) >> (32 - bits)
    assert holds([f"{inside}/{bits}"], str(other)) is same
    assert holds([f"{inside}/{bits}"], str(inside))


@given(V6, V6, st.integers(0, 128))
def test_an_ipv6_range_holds_what_shares_its_prefix(
    inside: IPv6Address, other: IPv6Address, bits: int
) -> None:
    same = int(inside) >> (128 - bits) == int(other) >> (128 - bits)
    if not inside.ipv4_mapped and not other.ipv4_mapped:
        assert holds([f"{inside}/{bits}"], str(other)) is same


@given(V4, st.integers(0, 32))
def test_an_ipv4_address_in_the_dress_of_ipv6_is_itself(address: IPv4Address, bits: int) -> None:
    assert holds([f"{address}/{bits}"], f"::ffff:{address}")
    assert holds([f"::ffff:{address}/{96 + bits}"], str(address))


@given(V4, V6)
def test_no_range_of_one_version_holds_addresses_of_the_other(four: IPv4Address, six: IPv6Address) -> None:
    assert not holds(["::/0"], str(four))
    if not six.ipv4_mapped:
        assert not holds(["0.0.0.0/0"], str(six))


@given(st.text())
def test_any_text_is_a_range_or_none(text: str) -> None:
    network = parse(text)
    assert network is None or "/" in text
    assert not holds([text], text) or network is not None
    assert isinstance(network_of(text), str)


@pytest.mark.parametrize(
    "text", ["", "203.0.113.7", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/-1", "10.0.0.0/8/8"]
)
def test_what_is_no_range(text: str) -> None:
    assert parse(text) is None


def test_a_zone_counts_for_nothing() -> None:
    assert holds(["fe80::/10"], "fe80::1%eth0")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("none", ""),
        ("", ""),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
