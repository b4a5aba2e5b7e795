"""Every operation has a rate."""

import pytest

from poolhouse.domain.request_rates import ANSWERS, CATEGORIES
from poolhouse.edge.limits import RateLimits, rates
from poolhouse.errors import TooManyRequestsException
from poolhouse.wire.operations import OPERATIONS


def test_every_operation_has_one_category():
    named = [name for _, names in CATEGORIES.values() for name in names]
    named += ANSWERS
    assert len(named) == len(set(named))
    assert set(named) <= OPERATIONS.keys()
    assert rates({}).keys() == OPERATIONS.keys()


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
    rate, found = rates({})[operation]
    assert (found, rate.amount) == (category, requests)


def test_a_category_is_refused_when_it_has_had_its_share(clock):
    limits = RateLimits(dict, clock)
    refused = 0
    for _ in range(1000):  # in far less than the eight seconds that would let all of them through
        try:
            limits.check("InitiateAuth")
        except TooManyRequestsException as error:
            refused += 1
            assert error.message == "Rate exceeded"  # noqa: PT017
    assert refused > 0
    limits.check("GetUser")


def test_answers_to_challenges_have_three_times_the_rate_of_a_start():
    assert [rates({})[name][0].amount for name in ANSWERS] == [360, 360]
    raised = rates({"UserAuthentication": 200})
    assert [raised[name][0].amount for name in ("InitiateAuth", *ANSWERS)] == [200, 600, 600]
    assert raised["InitiateAuth"][1] != raised["RespondToAuthChallenge"][1]
    assert raised["GetUser"] == rates({})["GetUser"]


def test_what_is_provisioned_is_asked_for_every_two_seconds(clock):
    asked = []
    limits = RateLimits(lambda: asked.append(1) or {"UserRead": 150 + len(asked)}, clock)
    for _ in range(5):
        limits.check("GetUser")
    assert len(asked) == 1
    clock.advance(2)
    for _ in range(5):
        limits.check("GetUser")
    assert len(asked) == 2
