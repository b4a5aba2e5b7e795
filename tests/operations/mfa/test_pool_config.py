"""SetUserPoolMfaConfig and GetUserPoolMfaConfig through botocore, on both engines."""

import pytest
from botocore.exceptions import ClientError

SMS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "1", "SnsRegion": "us-east-1"}
TEXTS = {"SmsAuthenticationMessage": "Your code: {####}", "SmsConfiguration": SMS}
MAIL = {"Message": "Use {####}", "Subject": "Code"}
DEVELOPER = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}
APP = {"Enabled": True}
AT_LEAST_ONE = "At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be provided."
SMS_NEEDED = (
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
)
RECOVERY = "Invalid account recovery setting parameter. Account Recovery Setting "


def make(idp, **config):
    return idp.create_user_pool(PoolName="people", **config)["UserPool"]["Id"]


def set_mfa(idp, pool, **config):
    answer = idp.set_user_pool_mfa_config(UserPoolId=pool, **config)
    answer.pop("ResponseMetadata")
    return answer


def get_mfa(idp, pool):
    answer = idp.get_user_pool_mfa_config(UserPoolId=pool)
    answer.pop("ResponseMetadata")
    return answer


def refusal(idp, pool, **config):
    with pytest.raises(ClientError) as refused:
        idp.set_user_pool_mfa_config(UserPoolId=pool, **config)
    found = refused.value.response["Error"]
    return found["Code"], found["Message"]


def test_a_new_pool_asks_for_nothing(idp):
    assert get_mfa(idp, make(idp)) == {
        "MfaConfiguration": "OFF",
        "WebAuthnConfiguration": {"UserVerification": "preferred"},
    }


def test_everything_at_once_is_stored_and_echoed(idp):
    """The request of the documentation's example."""
    pool = make(idp, EmailConfiguration=DEVELOPER)
    config = {
        "SmsMfaConfiguration": TEXTS,
        "SoftwareTokenMfaConfiguration": APP,
        "EmailMfaConfiguration": MAIL,
        "MfaConfiguration": "OPTIONAL",
        "WebAuthnConfiguration": {"RelyingPartyId": "auth.example.com", "UserVerification": "preferred"},
    }
    assert set_mfa(idp, pool, **config) == config
    assert get_mfa(idp, pool) == config
    described = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert described["MfaConfiguration"] == "OPTIONAL"
    assert described["SmsConfiguration"] == SMS
    assert described["SmsAuthenticationMessage"] == "Your code: {####}"


def test_a_pool_created_with_sms_asks_for_sms(idp):
    pool = make(idp, MfaConfiguration="ON", SmsConfiguration=SMS)
    assert get_mfa(idp, pool)["SmsMfaConfiguration"] == {"SmsConfiguration": SMS}


def test_factors_are_those_of_the_last_request(idp):
    pool = make(idp, SmsConfiguration=SMS, AutoVerifiedAttributes=["phone_number"])
    set_mfa(idp, pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration=TEXTS)
    answer = set_mfa(idp, pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration=APP)
    assert "SmsMfaConfiguration" not in answer
    # The pool goes on sending texts to verify phone numbers.
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["SmsConfiguration"] == SMS


def test_passkeys_alone_leave_the_factors_alone(idp):
    pool = make(idp)
    set_mfa(idp, pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration=APP)
    answer = set_mfa(idp, pool, WebAuthnConfiguration={"UserVerification": "required"})
    assert answer["MfaConfiguration"] == "ON"
    assert answer["SoftwareTokenMfaConfiguration"] == APP
    assert answer["WebAuthnConfiguration"] == {"UserVerification": "required"}


def test_off_forgets_the_factors(idp):
    pool = make(idp)
    set_mfa(idp, pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration=APP)
    assert "SoftwareTokenMfaConfiguration" not in set_mfa(idp, pool, MfaConfiguration="OFF")


def test_updating_the_pool_keeps_what_it_cannot_say(idp):
    pool = make(idp)
    set_mfa(idp, pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration=APP)
    idp.update_user_pool(UserPoolId=pool, MfaConfiguration="ON")
    assert get_mfa(idp, pool)["SoftwareTokenMfaConfiguration"] == APP
    assert get_mfa(idp, pool)["MfaConfiguration"] == "ON"


@pytest.mark.parametrize(
    ("created", "config", "message"),
    [
        ({}, {"MfaConfiguration": "ON"}, AT_LEAST_ONE),
        ({}, {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": False}}, AT_LEAST_ONE),
        ({}, {"MfaConfiguration": "ON", "SmsMfaConfiguration": {}}, SMS_NEEDED),
        (
            {},
            {"MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": APP},
            "Mfa Configuration cannot be OFF when SmsMfaConfiguration or SoftwareTokenMfaConfiguration is provided.",
        ),
        (
            {},
            {"MfaConfiguration": "ON", "EmailMfaConfiguration": MAIL},
            "Email MFA requires an email configuration whose EmailSendingAccount is DEVELOPER.",
        ),
        (
            {
                "EmailConfiguration": DEVELOPER,
                "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
            },
            {"MfaConfiguration": "ON", "EmailMfaConfiguration": MAIL},
            RECOVERY + "cannot use verified_email as a recovery mechanism when Email MFA is configured.",
        ),
        (
            {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
            {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": APP},
            "EMAIL_OTP and SMS_OTP cannot be allowed first auth factors when MFA is required.",
        ),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(idp, created, config, message):
    pool = make(idp, **created)
    before = get_mfa(idp, pool)
    assert refusal(idp, pool, **config) == ("InvalidParameterException", message)
    assert get_mfa(idp, pool) == before


def test_lite_has_no_email_mfa(idp):
    pool = make(idp, UserPoolTier="LITE", EmailConfiguration=DEVELOPER)
    code, _ = refusal(idp, pool, MfaConfiguration="ON", EmailMfaConfiguration=MAIL)
    assert code == "FeatureUnavailableInTierException"


def test_a_pool_that_is_not_there(idp):
    code, message = refusal(idp, "us-east-1_abcdefghi", MfaConfiguration="OFF")
    assert (code, message) == ("ResourceNotFoundException", "User pool us-east-1_abcdefghi does not exist.")
