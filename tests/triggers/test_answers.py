"""What triggers may answer: typed values, or InvalidLambdaResponseException."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.errors import InvalidLambdaResponseException
from poolhouse.triggers import answers
from poolhouse.triggers.answers import Claims, Groups


def test_pre_sign_up():
    answer = answers.read({"autoConfirmUser": True, "autoVerifyEmail": None, "other": 1}, answers.PreSignUp)
    assert answer.auto_confirm_user is True
    assert not answer.auto_verify_email
    assert not answer.auto_verify_phone


@pytest.mark.parametrize("value", ["true", 1, [], {}])
def test_a_boolean_is_a_boolean(value):
    with pytest.raises(InvalidLambdaResponseException, match="Unrecognizable lambda output"):
        answers.read({"autoConfirmUser": value}, answers.PreSignUp)


def test_custom_message():
    answer = answers.read({"smsMessage": "s", "emailMessage": None}, answers.CustomMessage)
    assert (answer.sms_message, answer.email_message, answer.email_subject) == ("s", None, None)
    with pytest.raises(InvalidLambdaResponseException):
        answers.read({"smsMessage": 3}, answers.CustomMessage)


def test_user_migration():
    answer = answers.read(
        {
            "userAttributes": {"email": "a@b.c", "email_verified": "true"},
            "finalUserStatus": "CONFIRMED",
            "messageAction": "SUPPRESS",
            "desiredDeliveryMediums": ["EMAIL"],
            "forceAliasCreation": False,
            "enableSMSMFA": True,
        },
        answers.UserMigration,
    )
    assert answer.user_attributes == {"email": "a@b.c", "email_verified": "true"}
    assert answer.enable_sms_mfa is True
    assert answers.read({}, answers.UserMigration).user_attributes is None


V1 = "claimsOverrideDetails"
V2 = "claimsAndScopeOverrideDetails"


@pytest.mark.parametrize(
    ("details", "groups"),
    [
        ({}, None),
        ({"groupOverrideDetails": None}, Groups()),
        ({"groupOverrideDetails": {}}, Groups()),
        ({"groupOverrideDetails": {"groupsToOverride": ["g"]}}, Groups(["g"])),
    ],
)
@pytest.mark.parametrize(("member", "version"), [(V1, "1"), (V2, "2"), (V2, "3")])
def test_groups_are_kept_suppressed_or_replaced(details, groups, member, version):
    assert answers.token_generation({member: details}, version).groups == groups


def test_claims():
    old = answers.token_generation(
        {V1: {"claimsToAddOrOverride": {"a": "b"}, "claimsToSuppress": ["c"]}}, "1"
    )
    assert old.id_token == Claims({"a": "b"}, ["c"])
    assert old.access_token == Claims()
    new = answers.token_generation(
        {
            V2: {
                "idTokenGeneration": {"claimsToAddOrOverride": {"a": [1, {"b": True}]}},
                "accessTokenGeneration": {"scopesToAdd": ["x/y"], "scopesToSuppress": ["z"]},
            }
        },
        "2",
    )
    assert new.id_token.claims_to_add_or_override == {"a": [1, {"b": True}]}
    assert new.access_token.scopes_to_add == ["x/y"]


@pytest.mark.parametrize("version", ["1", "2", "3"])
@pytest.mark.parametrize("response", [{}, {V1: None, V2: None}])
def test_no_changes(response, version):
    assert answers.token_generation(response, version) == answers.TokenGeneration()


@pytest.mark.parametrize(
    ("response", "version"),
    [
        ({V1: {"claimsToAddOrOverride": {"a": 1}}}, "1"),
        ({V1: {"claimsToSuppress": "a"}}, "1"),
        ({V1: []}, "1"),
        ({V2: {"accessTokenGeneration": {"scopesToAdd": ["a b"]}}}, "2"),
        ({V2: {"idTokenGeneration": []}}, "2"),
        ({V2: {"groupOverrideDetails": {"preferredRole": 1}}}, "3"),
    ],
)
def test_wrong_types(response, version):
    with pytest.raises(InvalidLambdaResponseException):
        answers.token_generation(response, version)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(_JSON, st.sampled_from(["1", "2", "3"]))
def test_whatever_comes_is_read_or_refused(details, version):
    try:
        answer = answers.token_generation({V1: details, V2: details}, version)
    except InvalidLambdaResponseException:
        return
    assert isinstance(answer, answers.TokenGeneration)
