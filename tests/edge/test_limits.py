"""Every operation has a rate."""

import pytest

from poolhouse.edge.limits import CATEGORIES, RateLimits, rates
from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS


def test_every_operation_has_one_category():
    named = [name for _, names in CATEGORIES.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= OPERATIONS.keys()
    assert rates().keys() == OPERATIONS.keys()


@pytest.mark.parametrize(
    ("operation", "category", "requests"),
    [
        ("GetTokensFromRefreshToken", "UserAuthentication", 120),
        ("ResendConfirmationCode", "UserResourceRead", 50),
        ("GetUserAttributeVerificationCode", "UserResourceRead", 50),
        ("GlobalSignOut", "UserUpdate", 25),
        ("DescribeUserPool", "UserPoolRead", 15),
        ("UpdateUserPool", "UserPoolUpdate", 15),
        ("ListUserPoolClients", "UserPoolClientRead", 15),
        ("CreateUserPoolClient", "UserPoolClientUpdate", 15),
        ("ListGroups", "UserPoolResourceRead", 20),
        ("CreateGroup", "UserPoolResourceUpdate", 15),
    ],
)
def test_the_services_categories(operation, category, requests):
    rate, found = rates()[operation]
    assert (found, rate.amount) == (category, requests)


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
