"""The events, member by member (digest «users» §5.1 to §5.11)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.triggers import events


def pool(**config) -> Pool:
    return Pool("us-west-2_EXAMPLE", "p", 1.0, 1.0, {}, config)


def user(**attributes) -> User:
    return User("us-west-2_EXAMPLE", "s-1", "mary", Status.CONFIRMED, True, 1.0, 1.0, attributes)


def test_envelope():
    event = events.envelope(
        pool(),
        "PostConfirmation",
        "PostConfirmation_ConfirmSignUp",
        user_name="mary",
        client_id=None,
        user_agent="",
        request={"a": 1},
        response={},
    )
    assert event == {
        "version": "1",
        "region": "us-west-2",
        "userPoolId": "us-west-2_EXAMPLE",
        "userName": "mary",
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": "CLIENT_ID_NOT_APPLICABLE",
        },
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "request": {"a": 1},
        "response": {},
    }


@pytest.mark.parametrize(
    ("user_agent", "version"),
    [
        ("aws-sdk-js/2.6.4 callback", "aws-sdk-js-2.6.4"),
        ("aws-sdk-nodejs/2.856.0 linux/v12.20.1 promise", "aws-sdk-nodejs-2.856.0"),
        ("aws-sdk-js/3.600.0 ua/2.0 os/linux", "aws-sdk-js-3.600.0"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "aws-sdk-unknown-unknown"),
        ("Boto3/1.44.5 md/Botocore#1.44.5", "aws-sdk-unknown-unknown"),
        ("", "aws-sdk-unknown-unknown"),
    ],
)
def test_sdk_version(user_agent, version):
    assert events.sdk_version(user_agent) == version


@given(st.text())
def test_sdk_version_takes_any_header(user_agent):
    assert events.sdk_version(user_agent).startswith("aws-sdk-")


@pytest.mark.parametrize(
    ("config", "version", "response"),
    [
        ({}, "1", {"claimsOverrideDetails": None}),
        ({"PreTokenGeneration": "arn"}, "1", {"claimsOverrideDetails": None}),
        ({"PreTokenGenerationConfig": {"LambdaVersion": "V1_0"}}, "1", {"claimsOverrideDetails": None}),
        (
            {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0"}},
            "2",
            {"claimsAndScopeOverrideDetails": None},
        ),
        (
            {"PreTokenGenerationConfig": {"LambdaVersion": "V3_0"}},
            "3",
            {"claimsAndScopeOverrideDetails": None},
        ),
    ],
)
def test_token_generation_versions(config, version, response):
    own = pool(LambdaConfig=config)
    assert events.token_generation_version(own) == version
    assert events.token_generation_response(own) == response
    event = events.envelope(
        own,
        "PreTokenGeneration",
        "TokenGeneration_Authentication",
        user_name="m",
        client_id="c",
        user_agent="",
        request={},
        response=response,
    )
    assert event["version"] == version


def test_user_attributes_are_strings_with_what_the_service_derives():
    attributes = events.user_attributes(
        pool(), user(email="m@example.com", email_verified="true", **{"custom:x": "1"})
    )
    assert attributes == {
        "sub": "s-1",
        "cognito:user_status": "CONFIRMED",
        "email": "m@example.com",
        "email_verified": "true",
        "custom:x": "1",
    }


@pytest.mark.parametrize(
    ("config", "attributes", "aliases"),
    [
        (
            {"AliasAttributes": ["email"]},
            {"email": "e", "email_verified": "true"},
            {"cognito:email_alias": "e"},
        ),
        ({"AliasAttributes": ["email"]}, {"email": "e", "email_verified": "false"}, {}),
        ({"AliasAttributes": ["email"]}, {"email": "e"}, {}),
        ({"AliasAttributes": ["email"]}, {"phone_number": "+1", "phone_number_verified": "true"}, {}),
        (
            {"AliasAttributes": ["email", "phone_number"]},
            {"phone_number": "+1", "phone_number_verified": "true"},
            {"cognito:phone_number_alias": "+1"},
        ),
    ],
)
def test_active_aliases(config, attributes, aliases):
    made = events.user_attributes(pool(**config), user(**attributes))
    assert {name: value for name, value in made.items() if name.endswith("_alias")} == aliases


def test_the_address_that_is_the_username_is_an_alias_verified_or_not():
    own = pool(UsernameAttributes=["email", "phone_number"])
    made = events.user_attributes(own, replace(user(email="e", phone_number="+1"), identifier="email"))
    assert made["cognito:email_alias"] == "e"
    assert "cognito:phone_number_alias" not in made


def test_requests():
    attributes = {"sub": "s"}
    assert events.pre_sign_up(attributes, None, {"k": "v"}) == {
        "userAttributes": attributes,
        "validationData": None,
        "clientMetadata": {"k": "v"},
    }
    assert events.post_confirmation(attributes, None) == {
        "userAttributes": attributes,
        "clientMetadata": None,
    }
    assert events.pre_authentication(attributes, {"v": "d"}, user_not_found=None) == {
        "userAttributes": attributes,
        "validationData": {"v": "d"},
    }
    assert events.pre_authentication({}, None, user_not_found=True)["userNotFound"] is True
    assert events.post_authentication(attributes, None) == {
        "userAttributes": attributes,
        "newDeviceUsed": False,
        "clientMetadata": None,
    }
    assert events.token_generation(attributes, None, groups=["a"], roles=["r"], preferred_role="r") == {
        "userAttributes": attributes,
        "groupConfiguration": {"groupsToOverride": ["a"], "iamRolesToOverride": ["r"], "preferredRole": "r"},
        "clientMetadata": None,
    }
    assert events.token_generation(attributes, None, scopes=["s"])["scopes"] == ["s"]
    assert events.custom_message(attributes, None, link_text="Go", invitation=False) == {
        "userAttributes": attributes,
        "codeParameter": "{####}",
        "linkParameter": "{##Go##}",
        "usernameParameter": None,
        "clientMetadata": None,
    }
    assert events.custom_message({}, None, link_text="", invitation=True)["usernameParameter"] == "{username}"
    assert events.user_migration("pw", None, None) == {
        "password": "pw",
        "validationData": None,
        "clientMetadata": None,
    }
    assert "password" not in events.user_migration(None, None, None)
