"""An app client's configuration: defaults, every rule between members, and what survives an update."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import client_config
from poolhouse.domain.client import Client, ClientSecret
from poolhouse.domain.pool import AttributeSchema, Pool
from poolhouse.errors import (
    FeatureUnavailableInTierException,
    InvalidOAuthFlowException,
    InvalidParameterException,
    ScopeDoesNotExistException,
    ServiceError,
)

ATTRIBUTES = [
    AttributeSchema("sub", "String", required=True, mutable=False),
    AttributeSchema("name", "String"),
    AttributeSchema("email", "String"),
    AttributeSchema("email_verified", "Boolean"),
    AttributeSchema("phone_number", "String"),
    AttributeSchema("custom:team", "String", mutable=False),
    AttributeSchema("dev:custom:x", "String", developer_only=True),
]
NOT_UPDATABLE = {"ClientSecret", "ClientType", "LastModifiedDate", "CreationDate"}
CUSTOM = frozenset({"things/read"})
CODE = {"AllowedOAuthFlows": ["code"], "CallbackURLs": ["https://a.example/cb"]}


def a_pool(tier="ESSENTIALS", required=()):
    schema = {
        attribute.name: AttributeSchema(
            attribute.name,
            attribute.data_type,
            required=attribute.required or attribute.name in required,
            developer_only=attribute.developer_only,
        )
        for attribute in ATTRIBUTES
    }
    return Pool("us-east-1_abcDEF123", "P", 1.0, 2.0, schema, {"UserPoolTier": tier})


def create(pool=None, **request):
    return client_config.create(pool or a_pool(), CUSTOM, request)


def client(config, *, secret=False):
    secrets = (ClientSecret("c--1", b"", 1.0),) if secret else ()
    return Client("us-east-1_abcDEF123", "38fjsnc484p94kpqsnet7mpld0", "web", 1.5, 2.5, config, secrets)


def test_a_bare_client_has_the_services_defaults():
    assert client_config.describe(client(create()), None) == {
        "UserPoolId": "us-east-1_abcDEF123",
        "ClientName": "web",
        "ClientId": "38fjsnc484p94kpqsnet7mpld0",
        "ClientType": "REGULAR",
        "LastModifiedDate": 2.5,
        "CreationDate": 1.5,
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": False,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
    }


def test_the_secret_shows_only_where_there_is_one():
    assert client_config.describe(client(create()), "s3cret")["ClientSecret"] == "s3cret"
    assert "ClientSecret" not in client_config.describe(client(create()), None)


@pytest.mark.parametrize(
    ("sent", "shown", "seconds"),
    [
        ({}, (30, {}), 30 * 86400),
        ({"RefreshTokenValidity": 0}, (30, {}), 30 * 86400),
        ({"TokenValidityUnits": {"RefreshToken": "minutes"}}, (30, {}), 30 * 86400),
        (
            {"RefreshTokenValidity": 90, "TokenValidityUnits": {"RefreshToken": "minutes"}},
            (90, {"RefreshToken": "minutes"}),
            90 * 60,
        ),
    ],
)
def test_the_refresh_tokens_life(sent, shown, seconds):
    config = create(**sent)
    assert (config["RefreshTokenValidity"], config["TokenValidityUnits"]) == shown
    assert client(config).refresh_token_seconds == seconds


RANGE = "Invalid range for token validity."
ORDER = "Access and Id Token expiration times must be less than or equal to refresh token expiration times."


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"AccessTokenValidity": 25}, RANGE),
        ({"IdTokenValidity": 25}, RANGE),
        ({"RefreshTokenValidity": 4000}, RANGE),
        ({"AccessTokenValidity": 25, "TokenValidityUnits": {"AccessToken": "hours"}}, RANGE),
        ({"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}}, RANGE),
        ({"AccessTokenValidity": 299, "TokenValidityUnits": {"AccessToken": "seconds"}}, RANGE),
        ({"AccessTokenValidity": 2, "TokenValidityUnits": {"AccessToken": "days"}}, RANGE),
        ({"RefreshTokenValidity": 30, "TokenValidityUnits": {"RefreshToken": "minutes"}}, RANGE),
        (
            {
                "AccessTokenValidity": 12,
                "RefreshTokenValidity": 2,
                "TokenValidityUnits": {"RefreshToken": "hours"},
            },
            ORDER,
        ),
        (
            {
                "IdTokenValidity": 200,
                "RefreshTokenValidity": 90,
                "TokenValidityUnits": {"IdToken": "minutes", "RefreshToken": "minutes"},
            },
            ORDER,
        ),
    ],
)
def test_lives_out_of_range(sent, message):
    with pytest.raises(InvalidParameterException) as refusal:
        create(**sent)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    "sent",
    [
        {"AccessTokenValidity": 24, "IdTokenValidity": 1},
        {"AccessTokenValidity": 300, "TokenValidityUnits": {"AccessToken": "seconds"}},
        {"IdTokenValidity": 1, "TokenValidityUnits": {"IdToken": "days"}},
        {"RefreshTokenValidity": 60, "TokenValidityUnits": {"RefreshToken": "minutes"}},
        {"RefreshTokenValidity": 3650},
    ],
)
def test_lives_at_the_edge_of_their_range(sent):
    assert create(**sent).items() >= sent.items()


ANALYTICS = (
    "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> "
    "are valid"
)
PINPOINT_ARN = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/abc"
ROLE_ARN = "arn:aws:iam::123456789012:role/pinpoint"
READ = "Invalid read attributes specified while creating a client"
WRITE = "Invalid write attributes specified while creating a client"


@pytest.mark.parametrize(
    ("sent", "error", "message"),
    [
        (
            {"ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]},
            InvalidParameterException,
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ),
        (
            {
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "RefreshTokenRotation": {"Feature": "ENABLED"},
            },
            InvalidParameterException,
            "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled.",
        ),
        (
            {"GenerateSecret": True, "ClientSecret": "x" * 24},
            InvalidParameterException,
            "GenerateSecret and ClientSecret cannot be used together.",
        ),
        (
            {"EnablePropagateAdditionalUserContextData": True},
            InvalidParameterException,
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
        ),
        ({"ReadAttributes": ["email", "custom:nobody"]}, InvalidParameterException, READ),
        ({"ReadAttributes": ["dev:custom:x"]}, InvalidParameterException, READ),
        ({"WriteAttributes": ["custom:nobody"]}, InvalidParameterException, WRITE),
        ({"WriteAttributes": ["email", "email_verified"]}, InvalidParameterException, WRITE),
        ({"WriteAttributes": ["sub"]}, InvalidParameterException, WRITE),
        ({"WriteAttributes": ["dev:custom:x"]}, InvalidParameterException, WRITE),
        (
            {"SupportedIdentityProviders": ["COGNITO", "Google"]},
            InvalidParameterException,
            "The provider Google does not exist for User Pool us-east-1_abcDEF123.",
        ),
        (
            {"AllowedOAuthFlowsUserPoolClient": True, **CODE},
            InvalidParameterException,
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ),
        (
            {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthScopes": ["openid"]},
            InvalidParameterException,
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ),
        (
            {"AllowedOAuthFlows": ["client_credentials", "code"], "GenerateSecret": True},
            InvalidOAuthFlowException,
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ),
        (
            {"AllowedOAuthFlows": ["client_credentials"]},
            InvalidOAuthFlowException,
            "client_credentials flow can not be selected if client does not have a client secret.",
        ),
        (
            {
                "AllowedOAuthFlows": ["client_credentials"],
                "ClientSecret": "x" * 24,
                "AllowedOAuthScopes": ["openid"],
            },
            InvalidOAuthFlowException,
            "openid is not supported with client_credentials flow",
        ),
        (
            {"AllowedOAuthFlows": ["implicit"]},
            InvalidOAuthFlowException,
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        ),
        (
            {"AllowedOAuthScopes": ["openid", "api/read"]},
            ScopeDoesNotExistException,
            "Invalid scope requested: api/read",
        ),
        (
            {"CallbackURLs": ["http://example.com/cb"]},
            InvalidParameterException,
            "http://example.com/cb cannot use the HTTP protocol.",
        ),
        (
            {"CallbackURLs": ["http://localhost.example.com/"]},
            InvalidParameterException,
            "http://localhost.example.com/ cannot use the HTTP protocol.",
        ),
        (
            {"LogoutURLs": ["HTTP://example.com"]},
            InvalidParameterException,
            "HTTP://example.com cannot use the HTTP protocol.",
        ),
        (
            {"CallbackURLs": ["https://example.com/cb#frag"]},
            InvalidParameterException,
            "https://example.com/cb#frag cannot use fragment",
        ),
        ({"CallbackURLs": ["/cb"]}, InvalidParameterException, "/cb is not an absolute URI."),
        (
            {"CallbackURLs": ["https://a.example/cb"], "DefaultRedirectURI": "https://other.example.com/cb"},
            InvalidParameterException,
            "The default redirect URI https://other.example.com/cb is not in the callback URIs list.",
        ),
        ({"AnalyticsConfiguration": {"UserDataShared": True}}, InvalidParameterException, ANALYTICS),
        ({"AnalyticsConfiguration": {"ApplicationId": "abc"}}, InvalidParameterException, ANALYTICS),
        (
            {"AnalyticsConfiguration": {"ApplicationArn": PINPOINT_ARN, "RoleArn": ROLE_ARN}},
            InvalidParameterException,
            ANALYTICS,
        ),
    ],
)
def test_refused(sent, error, message):
    with pytest.raises(error) as refusal:
        create(**sent)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    "sent",
    [
        {"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]},
        {"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]},
        {
            "ReadAttributes": ["oidc:profile", "email_verified", "custom:team"],
            "WriteAttributes": ["custom:team"],
        },
        {"SupportedIdentityProviders": ["COGNITO"]},
        {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthScopes": ["openid", "email"], **CODE},
        {"AllowedOAuthScopes": ["openid"], **CODE},
        {
            "CallbackURLs": [
                "http://localhost:3000/cb",
                "http://127.0.0.1",
                "http://[::1]:8/x",
                "myapp://example",
            ],
            "LogoutURLs": ["https://example.com/bye#now"],
            "DefaultRedirectURI": "myapp://example",
        },
        {"AnalyticsConfiguration": {"ApplicationArn": PINPOINT_ARN, "UserDataShared": True}},
        {"AnalyticsConfiguration": {"ApplicationId": "abc", "RoleArn": ROLE_ARN, "ExternalId": "1"}},
        {"PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": False, "AuthSessionValidity": 15},
        {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}},
    ],
)
def test_accepted_and_kept_as_sent(sent):
    assert create(**sent).items() >= sent.items()


def test_a_client_with_a_secret_may_propagate_context_and_use_client_credentials():
    config = create(
        GenerateSecret=True,
        EnablePropagateAdditionalUserContextData=True,
        AllowedOAuthFlows=["client_credentials"],
    )
    assert config["EnablePropagateAdditionalUserContextData"] is True
    assert "GenerateSecret" not in config


def test_an_explicit_write_list_holds_every_required_attribute():
    pool = a_pool(required=("email", "name"))
    with pytest.raises(InvalidParameterException) as refusal:
        create(pool, WriteAttributes=["email"])
    assert refusal.value.message == WRITE
    assert create(pool, WriteAttributes=["email", "oidc:profile"])
    assert create(pool, WriteAttributes=["email", "name"])
    assert create(pool)


def test_the_four_texts_about_attribute_lists():
    held = client(create())
    for name, kind in (("ReadAttributes", "read"), ("WriteAttributes", "write")):
        with pytest.raises(InvalidParameterException) as refusal:
            client_config.update(a_pool(), CUSTOM, held, {name: ["nothing"]})
        assert refusal.value.message == f"Invalid {kind} attributes specified while updating a client"


def test_choice_based_sign_in_needs_more_than_the_lite_tier():
    with pytest.raises(FeatureUnavailableInTierException):
        create(a_pool("LITE"), ExplicitAuthFlows=["ALLOW_USER_AUTH"])


@pytest.mark.parametrize("feature", ["ENABLED", "DISABLED"])
def test_rotation_without_a_grace_period_shows_one_of_zero_seconds(feature):
    config = create(RefreshTokenRotation={"Feature": feature})
    assert config["RefreshTokenRotation"] == {"Feature": feature, "RetryGracePeriodSeconds": 0}


def test_empty_lists_are_no_lists():
    lists = ("ReadAttributes", "WriteAttributes", "ExplicitAuthFlows", "CallbackURLs", "AllowedOAuthScopes")
    assert create(**{name: [] for name in lists}) == create()


def test_an_update_resets_what_it_omits():
    config = create(
        SupportedIdentityProviders=["COGNITO"],
        WriteAttributes=["email"],
        EnableTokenRevocation=False,
        RefreshTokenValidity=1,
        PreventUserExistenceErrors="ENABLED",
        **CODE,
    )
    assert client_config.update(a_pool(), CUSTOM, client(config), {}) == create()


def test_an_update_knows_whether_the_client_has_a_secret():
    request = {"EnablePropagateAdditionalUserContextData": True}
    assert client_config.update(a_pool(), CUSTOM, client(create(), secret=True), request)
    with pytest.raises(InvalidParameterException):
        client_config.update(a_pool(), CUSTOM, client(create()), request)


def some(**members):
    return st.fixed_dictionaries({}, optional=members)


units = st.sampled_from(["seconds", "minutes", "hours", "days"])
REQUESTS = some(
    GenerateSecret=st.booleans(),
    RefreshTokenValidity=st.integers(0, 100_000),
    AccessTokenValidity=st.integers(1, 1000),
    IdTokenValidity=st.integers(1, 1000),
    TokenValidityUnits=some(AccessToken=units, IdToken=units, RefreshToken=units),
    ReadAttributes=st.sampled_from([[], ["email"], ["oidc:profile"], ["nobody"]]),
    WriteAttributes=st.sampled_from([[], ["email"], ["email_verified"]]),
    ExplicitAuthFlows=st.sampled_from([[], ["ALLOW_USER_AUTH"], ["USER_PASSWORD_AUTH"]]),
    SupportedIdentityProviders=st.sampled_from([[], ["COGNITO"]]),
    CallbackURLs=st.sampled_from([[], ["https://a.example/"], ["http://a.example/"]]),
    LogoutURLs=st.sampled_from([[], ["x:y"]]),
    DefaultRedirectURI=st.just("https://a.example/"),
    AllowedOAuthFlows=st.sampled_from([[], ["code"], ["code", "implicit"], ["client_credentials"]]),
    AllowedOAuthScopes=st.sampled_from([[], ["openid"], ["a/b"]]),
    AllowedOAuthFlowsUserPoolClient=st.booleans(),
    PreventUserExistenceErrors=st.sampled_from(["LEGACY", "ENABLED"]),
    EnableTokenRevocation=st.booleans(),
    EnablePropagateAdditionalUserContextData=st.booleans(),
    AuthSessionValidity=st.integers(3, 15),
    RefreshTokenRotation=st.fixed_dictionaries(
        {"Feature": st.sampled_from(["ENABLED", "DISABLED"])},
        optional={"RetryGracePeriodSeconds": st.integers(0, 60)},
    ),
)


@given(REQUESTS)
def test_a_description_sent_back_changes_nothing_and_lives_stay_in_range(request_members):
    try:
        config = create(**request_members)
    except ServiceError:
        return
    secret = bool(request_members.get("GenerateSecret"))
    held = client(config, secret=secret)
    description = client_config.describe(held, "s" * 51 if secret else None)
    request = {name: value for name, value in description.items() if name not in NOT_UPDATABLE}
    assert client_config.update(a_pool(), CUSTOM, held, request) == config
    assert 300 <= held.access_token_seconds <= 86_400
    assert 300 <= held.id_token_seconds <= 86_400
    assert 3600 <= held.refresh_token_seconds <= 315_360_000
    assert max(held.access_token_seconds, held.id_token_seconds) <= held.refresh_token_seconds
