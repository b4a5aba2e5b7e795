"""`beyond.partial_updates`: an update changes what it names, and nothing else."""

import msgspec
import pytest

from poolhouse.settings import Beyond
from poolhouse.store import open_store
from support.server import running_server

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:one"
SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/texts", "ExternalId": "x"}
POOL = {
    "AutoVerifiedAttributes": ["email"],
    "Policies": {
        "PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": True, "TemporaryPasswordValidityDays": 3},
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
    },
    "DeletionProtection": "ACTIVE",
    "LambdaConfig": {"PreSignUp": FUNCTION},
    "VerificationMessageTemplate": {
        "EmailMessage": "Your code {####}",
        "EmailSubject": "Code",
        "SmsMessage": "Code {####}",
    },
    "SmsAuthenticationMessage": "In with {####}",
    "SmsConfiguration": SMS,
    "MfaConfiguration": "OPTIONAL",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT", "ReplyToEmailAddress": "a@example.com"},
    "UserPoolTags": {"team": "one"},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "InviteMessageTemplate": {"EmailMessage": "{username} {####}", "EmailSubject": "Hello"},
    },
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
}
CHANGES = {
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {"PostConfirmation": FUNCTION},
    "SmsAuthenticationMessage": "Go in with {####}",
    "SmsConfiguration": SMS | {"ExternalId": "y"},
    "MfaConfiguration": "OFF",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
    "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {"team": "two"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
    "UserPoolTier": "PLUS",
}
CLIENT = {
    "RefreshTokenValidity": 5,
    "AccessTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "minutes"},
    "ReadAttributes": ["email"],
    "WriteAttributes": ["email", "name"],
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    "CallbackURLs": ["https://a.example/in"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
}
CLIENT_CHANGES = {
    "RefreshTokenValidity": 6,
    "AccessTokenValidity": 40,
    "ReadAttributes": ["name"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    "CallbackURLs": ["https://b.example/in"],
    "PreventUserExistenceErrors": "LEGACY",
    "EnableTokenRevocation": True,
    "AllowedOAuthFlowsUserPoolClient": False,
    "AuthSessionValidity": 10,
}


@pytest.fixture
def idp(store_url, clock, tmp_path):
    def partial(settings):
        return msgspec.structs.replace(settings, beyond=Beyond(partial_updates=True))

    with running_server(open_store(store_url, clock), tmp_path, clock, partial) as server:
        yield server.client()


@pytest.fixture
def pool_id(idp):
    return idp.create_user_pool(PoolName="p", **POOL)["UserPool"]["Id"]


def described(idp, pool_id):
    return idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]


def differences(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_each_member_changes_alone(idp, pool_id):
    for name, value in CHANGES.items():
        before = described(idp, pool_id)
        idp.update_user_pool(UserPoolId=pool_id, **{name: value})
        assert differences(before, described(idp, pool_id)) <= {name}, name
        assert differences(before, described(idp, pool_id)), name


def test_an_update_of_nothing_changes_nothing(idp, pool_id):
    before = described(idp, pool_id)
    idp.update_user_pool(UserPoolId=pool_id)
    assert not differences(before, described(idp, pool_id))


def test_each_policy_is_a_member_of_its_own(idp, pool_id):
    policy = {"MinimumLength": 20}
    idp.update_user_pool(UserPoolId=pool_id, Policies={"PasswordPolicy": policy})
    policies = described(idp, pool_id)["Policies"]
    assert policies["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}
    assert policies["PasswordPolicy"]["MinimumLength"] == 20
    assert policies["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 3
    idp.update_user_pool(
        UserPoolId=pool_id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
    )
    assert described(idp, pool_id)["Policies"]["PasswordPolicy"]["MinimumLength"] == 20


def test_the_life_of_temporary_passwords_in_its_old_home(idp, pool_id):
    config = {"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 9}
    idp.update_user_pool(UserPoolId=pool_id, AdminCreateUserConfig=config)
    shown = described(idp, pool_id)
    assert shown["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 9
    assert shown["Policies"]["PasswordPolicy"]["MinimumLength"] == 12


def test_a_message_in_its_old_home_counts(idp, pool_id):
    idp.update_user_pool(UserPoolId=pool_id, EmailVerificationSubject="New")
    template = described(idp, pool_id)["VerificationMessageTemplate"]
    assert (template["EmailSubject"], template["EmailMessage"]) == ("New", "Your code {####}")
    idp.update_user_pool(UserPoolId=pool_id, VerificationMessageTemplate={"EmailSubject": "Newer"})
    shown = described(idp, pool_id)
    assert shown["EmailVerificationSubject"] == "Newer"
    assert "EmailMessage" not in shown["VerificationMessageTemplate"]


def test_each_member_of_a_client_changes_alone(idp, pool_id):
    ids = {"UserPoolId": pool_id}
    made = idp.create_user_pool_client(**ids, ClientName="c", **CLIENT)["UserPoolClient"]
    ids["ClientId"] = made["ClientId"]
    for name, value in CLIENT_CHANGES.items():
        before = idp.describe_user_pool_client(**ids)["UserPoolClient"]
        after = idp.update_user_pool_client(**ids, **{name: value})["UserPoolClient"]
        assert differences(before, after) - {"LastModifiedDate"} == {name}
    same = idp.update_user_pool_client(**ids)["UserPoolClient"]
    assert not differences(after, same) - {"LastModifiedDate"}
