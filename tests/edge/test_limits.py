"""Every operation has a rate."""

from poolhouse.edge.limits import CATEGORIES, RateLimits, rates
from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS


def test_every_operation_has_one_category():
    named = [name for _, names in CATEGORIES.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= OPERATIONS.keys()
    assert rates().keys() == OPERATIONS.keys()
    assert rates()["DescribeUserPool"][1] == rates()["AdminListDevices"][1] == "ConfigurationRead"
    assert rates()["CreateUserPool"][1] == "ConfigurationUpdate"


def test_a_category_is_refused_when_it_has_had_its_share():
    limits = RateLimits()
    refused = 0
    for _ in range(1000):  # in far less than the eight seconds that would let all of them through
        try:
            limits.check("InitiateAuth")
        except TooManyRequestsException as error:
            refused += 1
            assert error.message == "Rate exceeded"  # noqa: PT017
    assert refused > 0
    limits.check("GetUser")
