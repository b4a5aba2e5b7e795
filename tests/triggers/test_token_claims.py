"""What PreTokenGeneration can change of each claim, in each version (digest «sign-in» §3.7)."""

import pytest

from poolhouse.domain import claims
from poolhouse.domain.claims import Groups, Issue
from poolhouse.domain.client import Client
from poolhouse.domain.user import Status, User
from poolhouse.errors import InvalidLambdaResponseException
from poolhouse.triggers import answers

RESERVED = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "client_id",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
    "username",
    "version",
    "aud",
    "cognito:username",
    "cognito:default",
    "cognito:groups",
    "cognito:roles",
    "cognito:preferred_role",
    "cognito:user_status",
]
GROUPS = ["cognito:groups", "cognito:roles", "cognito:preferred_role"]
VERSIONS = ["1", "2", "3"]
ATTRIBUTES = {"email": "ann@example.com", "email_verified": "true", "custom:level": "5", "updated_at": "7"}
USER = User("us-east-1_A", "sub-1", "ann", Status.CONFIRMED, True, 0, 0, ATTRIBUTES)
CLIENT = Client("us-east-1_A", "client-1", "c", 0, 0, {})
ISSUE = Issue("http://localhost/us-east-1_A", "event-1", "origin-1", 1000, 2000, "us-east-1_key")
IN_GROUPS = Groups(["admins"], ["arn:role"], "arn:role")
IDENTITY = claims.id_claims(USER, CLIENT, ISSUE, IN_GROUPS, "jti-1")
ACCESS = claims.access_claims(USER, CLIENT, ISSUE, IN_GROUPS, "jti-2", scopes=["a"])


def after(version, *, add=None, suppress=()):
    """Return both tokens' claims after an answer that wants the same of each."""
    changes = {"claimsToAddOrOverride": add or {}, "claimsToSuppress": list(suppress)}
    if version == "1":
        response = {"claimsOverrideDetails": changes}
    else:
        both = {"idTokenGeneration": changes, "accessTokenGeneration": changes}
        response = {"claimsAndScopeOverrideDetails": both}
    answer = answers.token_generation(response, version)
    tokens = []
    for made, change, wanted in (
        (IDENTITY, claims.change_id_claims, answer.id_token),
        (ACCESS, claims.change_access_claims, answer.access_token),
    ):
        tokens.append(change(made, wanted.claims_to_add_or_override or {}, wanted.claims_to_suppress or ()))
    return tuple(tokens)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("value", ["evil", "", "client-2"])
def test_no_reserved_claim_is_added_or_overridden(version, name, value):
    assert after(version, add={name: value}) == (IDENTITY, ACCESS)


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("value", [1, True, ["evil"], {"evil": 1}, None])
def test_no_reserved_claim_becomes_something_else(version, name, value):
    assert after(version, add={name: value}) == (IDENTITY, ACCESS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted({*RESERVED} - {"cognito:groups"}))
def test_no_reserved_claim_is_suppressed(version, name):
    assert after(version, suppress=[name]) == (IDENTITY, ACCESS)
    assert after(version, add={name: "evil"}, suppress=[name]) == (IDENTITY, ACCESS)


@pytest.mark.parametrize("version", VERSIONS)
def test_groups_go_with_their_roles(version):
    identity, access = after(version, suppress=["cognito:groups"])
    assert identity == {name: value for name, value in IDENTITY.items() if name not in GROUPS}
    kept = ACCESS if version == "1" else {n: v for n, v in ACCESS.items() if n not in GROUPS}
    assert access == kept


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["plan", "email", "custom:level", "custom:new", "name"])
def test_other_claims_are_added_overridden_and_suppressed_and_suppressing_wins(version, name):
    identity, access = after(version, add={name: "x"})
    assert identity == IDENTITY | {name: "x"}
    assert access == (ACCESS if version == "1" else ACCESS | {name: "x"})
    without = {n: v for n, v in IDENTITY.items() if n != name}
    assert after(version, suppress=[name]) == (without, ACCESS)
    assert after(version, add={name: "x"}, suppress=[name]) == (without, ACCESS)


@pytest.mark.parametrize("version", VERSIONS)
def test_developer_attributes_are_never_added(version):
    assert after(version, add={"dev:custom:x": "x"}) == (IDENTITY, ACCESS)


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("value", [1, 1.5, True, ["a", 1], {"a": {"b": [True]}}])
def test_values_of_any_type_but_for_four_attributes(version, value):
    identity, access = after(version, add={"plan": value, "custom:level": value})
    assert identity["plan"] == identity["custom:level"] == access["plan"] == value
    for name in ("phone_number_verified", "email_verified", "updated_at", "address"):
        assert after(version, add={name: value})[0] == IDENTITY
        assert after(version, add={name: "x"})[0][name] == "x"


@pytest.mark.parametrize("value", [1, True, ["a"], {"a": 1}])
def test_the_first_version_takes_strings_alone(value):
    with pytest.raises(InvalidLambdaResponseException):
        after("1", add={"plan": value})


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_access_token_may_name_its_client_as_audience(version):
    identity, access = after(version, add={"aud": "client-1"})
    assert (identity, access) == (IDENTITY, ACCESS | {"aud": "client-1"})


@pytest.mark.parametrize("version", ["2", "3"])
def test_scopes_have_their_own_members(version):
    assert after(version, add={"scope": "evil"})[1] == after(version, suppress=["scope"])[1] == ACCESS
    spaced = {"accessTokenGeneration": {"scopesToAdd": ["a b"]}}
    with pytest.raises(InvalidLambdaResponseException):
        answers.token_generation({"claimsAndScopeOverrideDetails": spaced}, version)


def test_the_first_version_has_no_scopes():
    response = {
        "claimsOverrideDetails": {"scopesToAdd": ["x"], "accessTokenGeneration": {"scopesToAdd": ["x"]}}
    }
    assert answers.token_generation(response, "1").access_token == answers.Claims()
