"""A pool's configuration: defaults, every rule between members, and what survives an update."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import pool_config
from poolhouse.domain.pool import AttributeSchema, Pool
from poolhouse.errors import (
    FeatureUnavailableInTierException,
    InvalidParameterException,
    ServiceError,
    UserPoolTaggingException,
)

ARN = "arn:aws:lambda:us-east-1:123456789012:function:one"
OTHER_ARN = "arn:aws:lambda:us-east-1:123456789012:function:two"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/a1b2"
SMS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "1"}
NAMES = ("sub", "email", "phone_number", "preferred_username")
SCHEMA = {name: AttributeSchema(name, "String", required=name == "sub") for name in NAMES}
NOT_UPDATABLE = {
    "Id", "Name", "CreationDate", "LastModifiedDate", "SchemaAttributes", "EstimatedNumberOfUsers", "Arn",
    "AliasAttributes", "UsernameAttributes", "UsernameConfiguration",
}  # fmt: skip


def create(**request):
    return pool_config.create(request, SCHEMA, "us-east-1")


def pool(config, **changes):
    values = {"id": "us-east-1_abcDEF123", "name": "P", "created": 1.5, "modified": 2.5, "schema": SCHEMA}
    return Pool(**values, config=config, **changes)


def described(config):
    return pool_config.describe(pool(config), "123456789012", 3)


def update_request(description):
    """What a caller sends who passes a description on; `UnusedAccountValidityDays` must go, as everywhere."""
    request = {name: value for name, value in description.items() if name not in NOT_UPDATABLE}
    admin = dict(request["AdminCreateUserConfig"])
    del admin["UnusedAccountValidityDays"]
    return request | {"AdminCreateUserConfig": admin}


def test_a_bare_pool_has_the_services_defaults():
    assert described(create()) == {
        "Id": "us-east-1_abcDEF123",
        "Name": "P",
        "CreationDate": 1.5,
        "LastModifiedDate": 2.5,
        "Arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abcDEF123",
        "EstimatedNumberOfUsers": 3,
        "SchemaAttributes": [
            {
                "Name": name,
                "AttributeDataType": "String",
                "DeveloperOnlyAttribute": False,
                "Mutable": True,
                "Required": name == "sub",
            }
            for name in NAMES
        ],
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
        "MfaConfiguration": "OFF",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "UserPoolTier": "ESSENTIALS",
        "AcrConfiguration": {f"Level{n}": {"AcrValue": f"urn:cognito:loa:{n}"} for n in (1, 2, 3, 4)},
    }


def test_an_entry_of_the_list_of_pools():
    config = create(LambdaConfig={"PreSignUp": ARN})
    assert pool_config.describe_briefly(pool(config)) == {
        "Id": "us-east-1_abcDEF123",
        "Name": "P",
        "LambdaConfig": {"PreSignUp": ARN},
        "CreationDate": 1.5,
        "LastModifiedDate": 2.5,
    }


def test_a_password_policy_that_is_sent_requires_only_what_it_says():
    policy = create(Policies={"PasswordPolicy": {"RequireNumbers": True}})["Policies"]["PasswordPolicy"]
    assert policy == {
        "MinimumLength": 8,
        "RequireUppercase": False,
        "RequireLowercase": False,
        "RequireNumbers": True,
        "RequireSymbols": False,
        "TemporaryPasswordValidityDays": 7,
    }


@pytest.mark.parametrize(
    ("policy", "admin", "days"),
    [
        ({"TemporaryPasswordValidityDays": 3}, {}, 3),
        ({"TemporaryPasswordValidityDays": 0}, {}, 7),
        ({}, {"UnusedAccountValidityDays": 5}, 5),
        ({"TemporaryPasswordValidityDays": 3}, {"UnusedAccountValidityDays": 0}, 3),
    ],
)
def test_the_life_of_temporary_passwords_shows_in_both_homes(policy, admin, days):
    config = create(Policies={"PasswordPolicy": policy}, AdminCreateUserConfig=admin)
    assert config["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == days
    assert config["AdminCreateUserConfig"]["UnusedAccountValidityDays"] == days


@pytest.mark.parametrize(
    "request_members",
    [
        {
            "SmsVerificationMessage": "s {####}",
            "EmailVerificationMessage": "e {####}",
            "EmailVerificationSubject": "t",
        },
        {
            "VerificationMessageTemplate": {
                "SmsMessage": "s {####}",
                "EmailMessage": "e {####}",
                "EmailSubject": "t",
            }
        },
    ],
    ids=["legacy", "template"],
)
def test_the_legacy_triple_and_the_template_mirror_each_other(request_members):
    config = create(**request_members)
    assert (
        config["SmsVerificationMessage"] == config["VerificationMessageTemplate"]["SmsMessage"] == "s {####}"
    )
    assert (
        config["EmailVerificationMessage"]
        == config["VerificationMessageTemplate"]["EmailMessage"]
        == "e {####}"
    )
    assert config["EmailVerificationSubject"] == config["VerificationMessageTemplate"]["EmailSubject"] == "t"


def test_where_the_template_and_the_legacy_members_differ_the_template_wins():
    config = create(EmailVerificationSubject="old", VerificationMessageTemplate={"EmailSubject": "new"})
    assert config["EmailVerificationSubject"] == "new"


@pytest.mark.parametrize(
    "sent",
    [
        {"PreTokenGeneration": ARN},
        {"PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN}},
        {
            "PreTokenGeneration": ARN,
            "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN},
        },
    ],
)
def test_both_forms_of_the_pre_token_trigger_are_shown(sent):
    assert create(LambdaConfig=sent)["LambdaConfig"] == {
        "PreTokenGeneration": ARN,
        "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN},
    }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (
            {"DeviceConfiguration": {}},
            {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False},
        ),
        (
            {"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}},
            {"AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {}},
        ),
        (
            {"DcrConfiguration": {"OpenDcrGrantTypes": []}},
            {
                "EnableStatus": "Enabled",
                "OpenDcrEnabled": False,
                "AuthenticatedGrantTypes": ["code", "client_credentials"],
                "OpenDcrGrantTypes": [],
            },
        ),
    ],
)
def test_members_absent_by_default_are_filled_up_when_set(sent, shown):
    (name,) = sent
    assert name not in create()
    assert create(**sent)[name] == shown


@pytest.mark.parametrize("setting", [{}, {"RecoveryMechanisms": []}])
def test_an_empty_recovery_setting_means_the_legacy_rule(setting):
    assert "AccountRecoverySetting" not in create(AccountRecoverySetting=setting)


def link(text):
    return {"VerificationMessageTemplate": {"EmailMessageByLink": text}}


def recovery(*pairs):
    mechanisms = [{"Priority": priority, "Name": name} for priority, name in pairs]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}


def invitation(**texts):
    return {"AdminCreateUserConfig": {"InviteMessageTemplate": texts}}


MFA_SMS = (
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
)
RECOVERY = "Invalid account recovery setting parameter. Account Recovery Setting "
INVITE_EMAIL = (
    "1 validation error detected: Value 'Welcome aboard.' at 'adminCreateUserConfig.inviteMessage.emailMessage' "
    r"failed to satisfy constraint: Member must satisfy regular expression pattern: "
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
)
INVITE_SMS = (
    "1 validation error detected: Value 'Welcome aboard.' at 'adminCreateUserConfig.inviteMessage.smsMessage' "
    r"failed to satisfy constraint: Member must satisfy regular expression pattern: (?s).*\{####\}(?s).*"
)
REFUSED = [
    (
        {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}},
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    ),
    (
        {"AliasAttributes": ["email"], "UsernameAttributes": ["phone_number"]},
        "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
    ),
    (
        {"AutoVerifiedAttributes": ["phone_number"]},
        "SMS configuration is required when phone_number is selected for auto verification",
    ),
    (
        {
            "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7},
        },
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    ),
    (
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
        "Password should be configured as one of the allowed first auth factors.",
    ),
    (
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}}},
        "SOFTWARE_TOKEN is not supported as a first auth factor.",
    ),
    (
        {
            "LambdaConfig": {
                "PreTokenGeneration": ARN,
                "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": OTHER_ARN},
            }
        },
        "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    ),
    (
        {"LambdaConfig": {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN}}},
        "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
    ),
    (
        {"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN}}},
        "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
    ),
    (link("your code {####}"), "The message is invalid."),
    (link("{##oops"), "The message is invalid."),
    (invitation(EmailMessage="Welcome aboard."), INVITE_EMAIL),
    (invitation(SMSMessage="Welcome aboard."), INVITE_SMS),
    (
        invitation(EmailMessage="Welcome, {####}."),
        (
            "Invalid Email message body for Admin create user flow parameter. Email message body should have "
            "{username} which will be replaced by code"
        ),
    ),
    (
        invitation(SMSMessage="Welcome, {####}."),
        (
            "Invalid SMS message for Admin create user flow parameter. SMS message should have {username} which "
            "will be replaced by code"
        ),
    ),
    (
        {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}},
        "Source ARN is required to use DEVELOPER email sending owner",
    ),
    ({"EmailConfiguration": {"From": "nobody"}}, "Provided From email address is invalid"),
    (
        {"SmsConfiguration": {}},
        (
            "1 validation error detected: Value null at 'smsConfiguration.snsCallerArn' failed to satisfy "
            "constraint: Member must not be null"
        ),
    ),
    (
        {"SmsConfiguration": SMS | {"EumsSms": {"CallerArn": ARN}}},
        "SmsConfiguration can have either SnsCallerArn or EumsSms, but not both.",
    ),
    (
        {"SmsConfiguration": {"EumsSms": {"CallerArn": ARN, "Region": "eu-west-1"}}},
        "Invalid EumsSms region. Allowed region for us-east-1 is us-east-1",
    ),
    ({"MfaConfiguration": "ON"}, MFA_SMS),
    ({"MfaConfiguration": "OPTIONAL"}, MFA_SMS),
    (
        {
            "MfaConfiguration": "ON",
            "SmsConfiguration": SMS,
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}},
        },
        "EMAIL_OTP and SMS_OTP cannot be allowed first auth factors when MFA is required.",
    ),
    (
        recovery((1, "admin_only"), (2, "verified_email")),
        RECOVERY + "cannot use admin_only setting with any other recovery mechanisms.",
    ),
    (
        recovery((1, "verified_email"), (1, "verified_phone_number")),
        RECOVERY + "cannot have duplicate priorities or recovery mechanisms.",
    ),
    (
        recovery((1, "verified_email"), (2, "verified_email")),
        RECOVERY + "cannot have duplicate priorities or recovery mechanisms.",
    ),
    (
        {
            "MfaConfiguration": "ON",
            "SmsConfiguration": SMS,
            "AutoVerifiedAttributes": ["phone_number"],
            **recovery((1, "verified_email"), (2, "verified_phone_number")),
        },
        RECOVERY + "cannot use verified_phone_number as a recovery mechanism when SMS MFA is configured.",
    ),
    (
        {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}},
        "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY.",
    ),
    (
        {"AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:2"}}},
        "The names of authentication context levels must be unique.",
    ),
]


@pytest.mark.parametrize(("request_members", "message"), REFUSED)
def test_refused(request_members, message):
    with pytest.raises(InvalidParameterException) as refusal:
        create(**request_members)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    "request_members",
    [
        {"AutoVerifiedAttributes": ["email"], "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}},
        {"AutoVerifiedAttributes": ["phone_number"], "SmsConfiguration": SMS},
        {"LambdaConfig": {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN}, "KMSKeyID": KEY_ARN}},
        link("Click {##here##}"),
        invitation(EmailMessage="{username} {####}", SMSMessage="{username}: {####}"),
        invitation(EmailMessage="Hi {username}")
        | {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
        {"EmailConfiguration": {"From": "Test User <testuser@example.com>"}},
        {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": ARN}},
        {"SmsConfiguration": {"EumsSms": {"CallerArn": ARN, "Region": "us-east-1"}}},
        {"MfaConfiguration": "OPTIONAL", "SmsConfiguration": SMS},
        {
            "MfaConfiguration": "ON",
            "SmsConfiguration": SMS,
            "AutoVerifiedAttributes": ["phone_number", "email"],
            **recovery((1, "verified_phone_number"), (2, "verified_email")),
        },
        recovery((1, "admin_only")),
        {"AcrConfiguration": {"Level1": {"AcrValue": "low"}}},
    ],
)  # fmt: skip
def test_accepted_and_kept_as_sent(request_members):
    config = create(**request_members)
    for name, value in request_members.items():
        if not isinstance(value, dict):
            assert config[name] == value
            continue
        for member, part in value.items():
            shown = config[name][member]
            assert (shown | part if isinstance(part, dict) else part) == shown


TIER = "The following features need to be disabled for the {} pricing tier configured: {}"


@pytest.mark.parametrize(
    ("tier", "request_members", "feature"),
    [
        ("ESSENTIALS", {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}, "Threat Protection"),
        ("LITE", {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, "Threat Protection"),
        (
            "LITE",
            {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}},
            "Passwordless Sign-In",
        ),
        (
            "LITE",
            {"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN}}},
            "Token Customization with Pre-Token Generation Lambda V2_0",
        ),
        ("LITE", {"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}}, "Password History"),
        ("LITE", {"DcrConfiguration": {}}, "Dynamic Client Registration"),
        ("LITE", {"AcrConfiguration": {"Level1": {"AcrValue": "low"}}}, "Custom ACR Level Names"),
    ],
)
def test_a_tier_without_the_feature(tier, request_members, feature):
    with pytest.raises(FeatureUnavailableInTierException) as refusal:
        create(UserPoolTier=tier, **request_members)
    assert refusal.value.message == TIER.format(tier, feature)
    assert create(UserPoolTier="PLUS", **request_members)


def test_threat_protection_without_a_tier_is_refused_like_in_essentials():
    with pytest.raises(FeatureUnavailableInTierException):
        create(UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})


def test_a_lite_pool_may_send_the_default_level_names_back():
    config = create(UserPoolTier="LITE")
    assert pool_config.update(pool(config), update_request(described(config))) == config


@pytest.mark.parametrize("tags", [{f"k{n}": "" for n in range(51)}, {"aws:x": "1"}])
def test_refused_tags(tags):
    with pytest.raises(UserPoolTaggingException):
        create(UserPoolTags=tags)


def test_a_required_preferred_username_cannot_be_an_alias():
    schema = SCHEMA | {"preferred_username": AttributeSchema("preferred_username", "String", required=True)}
    with pytest.raises(InvalidParameterException):
        pool_config.create({"AliasAttributes": ["preferred_username"]}, schema, "us-east-1")


def test_an_update_resets_what_it_omits():
    config = create(
        Policies={"PasswordPolicy": {"MinimumLength": 20}},
        LambdaConfig={"PreSignUp": ARN},
        AutoVerifiedAttributes=["email"],
        DeletionProtection="ACTIVE",
        UserPoolTags={"a": "b"},
        UserPoolTier="PLUS",
        SmsAuthenticationMessage="{####} it is",
        VerificationMessageTemplate={"EmailMessage": "your {####}"},
    )
    assert pool_config.update(pool(config), {}) == create()


def test_an_update_keeps_what_it_cannot_carry():
    created = {"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}}
    config = create(**created) | {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    updated = pool_config.update(pool(config), {"AliasAttributes": ["email"], "MfaConfiguration": "ON"})
    assert updated == config | {"MfaConfiguration": "ON"}


def test_an_update_keeps_dcr_when_it_is_omitted_and_replaces_it_whole_when_not():
    config = create(DcrConfiguration={"EnableStatus": "Disabled", "AllowedScopes": ["a/b"]})
    assert pool_config.update(pool(config), {})["DcrConfiguration"] == config["DcrConfiguration"]
    replaced = pool_config.update(pool(config), {"DcrConfiguration": {}})["DcrConfiguration"]
    assert replaced == create(DcrConfiguration={})["DcrConfiguration"]


def test_clearing_auto_verification_means_clearing_verification_before_update():
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    config = create(AutoVerifiedAttributes=["email"], UserAttributeUpdateSettings=settings)
    with pytest.raises(InvalidParameterException, match="must exist in AutoVerifiedAttributes"):
        pool_config.update(pool(config), {"UserAttributeUpdateSettings": settings})


def test_a_protected_pool_cannot_be_deleted():
    with pytest.raises(InvalidParameterException) as refusal:
        pool_config.check_deletable(pool(create(DeletionProtection="ACTIVE")))
    assert refusal.value.message == (
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first."
    )
    pool_config.check_deletable(pool(create()))


def some(**members):
    return st.fixed_dictionaries({}, optional=members)


bools = st.booleans()
arns = st.sampled_from([ARN, OTHER_ARN])
subjects = st.text("abc ", min_size=1, max_size=5)
codes = st.builds("{}{{####}}{}".format, subjects, subjects)
REQUESTS = some(
    Policies=some(
        PasswordPolicy=some(
            MinimumLength=st.integers(6, 99),
            RequireUppercase=bools,
            RequireSymbols=bools,
            PasswordHistorySize=st.integers(0, 24),
            TemporaryPasswordValidityDays=st.integers(0, 365),
        ),
        SignInPolicy=some(
            AllowedFirstAuthFactors=st.sampled_from([["PASSWORD"], ["PASSWORD", "EMAIL_OTP"], ["WEB_AUTHN"]])
        ),
    ),
    DeletionProtection=st.sampled_from(["ACTIVE", "INACTIVE"]),
    LambdaConfig=some(
        PreSignUp=arns,
        PreTokenGeneration=arns,
        PreTokenGenerationConfig=st.fixed_dictionaries(
            {"LambdaVersion": st.sampled_from(["V1_0", "V2_0"]), "LambdaArn": arns}
        ),
        KMSKeyID=st.just(KEY_ARN),
    ),
    AutoVerifiedAttributes=st.sampled_from([[], ["email"], ["email", "phone_number"]]),
    AliasAttributes=st.sampled_from([[], ["email"], ["preferred_username"]]),
    UsernameAttributes=st.sampled_from([[], ["email"]]),
    SmsVerificationMessage=codes,
    EmailVerificationMessage=codes,
    EmailVerificationSubject=subjects,
    VerificationMessageTemplate=some(
        SmsMessage=codes,
        EmailMessage=codes,
        EmailSubject=subjects,
        EmailMessageByLink=st.sampled_from(["{##go##}", "{####}"]),
        DefaultEmailOption=st.sampled_from(["CONFIRM_WITH_LINK", "CONFIRM_WITH_CODE"]),
    ),
    SmsAuthenticationMessage=codes,
    MfaConfiguration=st.sampled_from(["OFF", "ON", "OPTIONAL"]),
    UserAttributeUpdateSettings=some(
        AttributesRequireVerificationBeforeUpdate=st.sampled_from([[], ["email"]])
    ),
    DeviceConfiguration=some(ChallengeRequiredOnNewDevice=bools, DeviceOnlyRememberedOnUserPrompt=bools),
    EmailConfiguration=some(
        SourceArn=arns, From=st.just("a@b.example"), ReplyToEmailAddress=st.just("c@d.e")
    ),
    SmsConfiguration=st.just(SMS),
    UserPoolTags=st.dictionaries(subjects, subjects),
    AdminCreateUserConfig=some(AllowAdminCreateUserOnly=bools, UnusedAccountValidityDays=st.integers(0, 365)),
    UserPoolAddOns=st.fixed_dictionaries({"AdvancedSecurityMode": st.sampled_from(["OFF", "AUDIT"])}),
    DcrConfiguration=some(EnableStatus=st.sampled_from(["Enabled", "Disabled"]), OpenDcrEnabled=bools),
    UsernameConfiguration=st.fixed_dictionaries({"CaseSensitive": bools}),
    AccountRecoverySetting=some(
        RecoveryMechanisms=st.sampled_from(
            [
                [{"Priority": 1, "Name": "verified_email"}],
                [{"Priority": 2, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}],
                [{"Priority": 1, "Name": "admin_only"}],
            ]
        )
    ),
    UserPoolTier=st.sampled_from(["LITE", "ESSENTIALS", "PLUS"]),
    KeyConfiguration=some(KeyType=st.just("AWS_OWNED_KEY")),
    IssuerConfiguration=some(Type=st.sampled_from(["ORIGINAL", "UPDATED"])),
    AcrConfiguration=st.dictionaries(
        st.sampled_from(["Level1", "Level2"]),
        st.fixed_dictionaries({"AcrValue": st.sampled_from(["urn:cognito:loa:1", "low", "high"])}),
    ),
)


@given(REQUESTS)
def test_a_description_sent_back_changes_nothing(request_members):
    try:
        config = create(**request_members)
    except ServiceError:
        return
    description = described(config)
    assert pool_config.update(pool(config), update_request(description)) == config


@given(REQUESTS, REQUESTS)
def test_an_update_leaves_no_trace_of_what_was(first, second):
    """Two histories that end in the same request end in the same configuration, but for what cannot change."""
    immutable = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "DcrConfiguration")
    try:
        before = create(**{k: v for k, v in first.items() if k not in immutable})
        want = create(**{k: v for k, v in second.items() if k not in immutable})
    except ServiceError:
        return
    request = {k: v for k, v in second.items() if k not in immutable}
    assert pool_config.update(pool(before), request) == want
