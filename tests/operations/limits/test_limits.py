"""Request rates, read and raised with botocore, and enforced (digest «users» §7.10)."""

import time

import msgspec
import pytest
from botocore.exceptions import ClientError

from poolhouse.store import open_store
from support.refusals import refusal
from support.server import running_server

MOST = 400


@pytest.fixture
def server(store_url, clock, tmp_path):
    """A server that enforces request rates."""

    def change(settings):
        limits = msgspec.structs.replace(settings.limits, requests=True, most_requests=MOST)
        return msgspec.structs.replace(settings, limits=limits)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
        yield running


def named(category):
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


@pytest.fixture
def calm(store_url, clock, tmp_path):
    """A client of a server that enforces none: the operations on limits have one request a second."""
    with running_server(open_store(store_url, clock), tmp_path, clock) as running:
        yield running.client()


@pytest.mark.parametrize(
    ("category", "rate"),
    [("UserAuthentication", 120), ("UserCreation", 50), ("UserPoolClientRead", 15), ("LimitManagement", 1)],
)
def test_a_category_has_its_default(calm, category, rate):
    limit = calm.get_provisioned_limit(LimitDefinition=named(category))["Limit"]
    assert limit == {
        "LimitDefinition": named(category),
        "ProvisionedLimitValue": rate,
        "FreeLimitValue": rate,
    }


def test_a_raised_limit_is_shown_and_can_be_taken_back(calm):
    raised = calm.update_provisioned_limit(LimitDefinition=named("UserRead"), RequestedLimitValue=500)[
        "Limit"
    ]
    assert (raised["ProvisionedLimitValue"], raised["FreeLimitValue"]) == (500, 120)
    assert calm.get_provisioned_limit(LimitDefinition=named("UserRead"))["Limit"] == raised
    calm.update_provisioned_limit(LimitDefinition=named("UserRead"), RequestedLimitValue=120)
    shown = calm.get_provisioned_limit(LimitDefinition=named("UserRead"))["Limit"]
    assert shown["ProvisionedLimitValue"] == 120


@pytest.mark.parametrize("value", [119, 0, -1, 10_001])
def test_a_limit_stays_between_its_default_and_what_the_settings_allow(calm, value):
    update = calm.update_provisioned_limit
    assert refusal(update, LimitDefinition=named("UserAuthentication"), RequestedLimitValue=value) == (
        "ServiceQuotaExceededException",
        "The requested limit value for UserAuthentication must be between 120 and 10000.",
    )


def test_what_is_no_category(calm):
    unknown = ("ResourceNotFoundException", "Category Nothing does not exist.")
    get, update = calm.get_provisioned_limit, calm.update_provisioned_limit
    assert refusal(get, LimitDefinition=named("Nothing")) == unknown
    assert refusal(update, LimitDefinition=named("Nothing"), RequestedLimitValue=9) == unknown
    for definition in (
        {"LimitClass": "API_CATEGORY", "Attributes": {}},
        {"LimitClass": "OTHER", "Attributes": {"Category": "UserRead"}},
    ):
        assert refusal(get, LimitDefinition=definition)[0] == "InvalidParameterException"


def test_a_rate_is_enforced_and_so_is_a_raised_one(server, clock):
    """Windows are seconds of the real time: of four at once, two windows at most let one pass each."""
    idp = server.client()

    def burst(number):
        """Return the errors that so many requests met."""
        codes = []
        for _ in range(number):
            try:
                idp.get_provisioned_limit(LimitDefinition=named("LimitManagement"))
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
        return codes

    refused = burst(20)
    assert refused
    assert set(refused) == {"TooManyRequestsException"}
    time.sleep(1.1)
    idp.update_provisioned_limit(LimitDefinition=named("LimitManagement"), RequestedLimitValue=MOST)
    clock.advance(2)
    assert burst(20) == []
