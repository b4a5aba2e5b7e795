"""User pools through botocore: what is created is described, listed, updated and deleted."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from support.parity import holds, recorded
from support.refusals import refusal
from support.things import a_user

ARN = "arn:aws:lambda:us-east-1:123456789012:function:one"
SMS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "1", "SnsRegion": "us-east-1"}
STANDARD = [
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
    "phone_number_verified", "address", "updated_at",
]  # fmt: skip
EVERYTHING = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 12,
            "RequireUppercase": True,
            "RequireLowercase": False,
            "RequireNumbers": True,
            "RequireSymbols": False,
            "PasswordHistorySize": 3,
            "TemporaryPasswordValidityDays": 2,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]},
    },
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {
        **dict.fromkeys(
            [
                "PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication",
                "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "PreTokenGeneration",
                "UserMigration",
            ],
            ARN,
        ),
        "PreTokenGenerationConfig": {"LambdaVersion": "V3_0", "LambdaArn": ARN},
        "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN},
        "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN},
        "InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": ARN},
        "KMSKeyID": "arn:aws:kms:us-east-1:123456789012:key/a1b2",
    },
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "SmsVerificationMessage": "sms {####}",
    "EmailVerificationMessage": "mail {####}",
    "EmailVerificationSubject": "your code",
    "VerificationMessageTemplate": {
        "SmsMessage": "sms {####}",
        "EmailMessage": "mail {####}",
        "EmailSubject": "your code",
        "EmailMessageByLink": "{##go##}",
        "EmailSubjectByLink": "your link",
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
    },
    "SmsAuthenticationMessage": "enter {####}",
    "MfaConfiguration": "OPTIONAL",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False},
    "EmailConfiguration": {
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@b.example",
        "ReplyToEmailAddress": "c@d.example",
        "EmailSendingAccount": "DEVELOPER",
        "From": "Us <a@b.example>",
        "ConfigurationSet": "set-1",
    },
    "SmsConfiguration": SMS,
    "UserPoolTags": {"team": "blue", "empty": ""},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "InviteMessageTemplate": {
            "SMSMessage": "{username} {####}",
            "EmailMessage": "Dear {username}, {####}",
            "EmailSubject": "welcome",
        },
    },
    "UserPoolAddOns": {
        "AdvancedSecurityMode": "ENFORCED",
        "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
    },
    "DcrConfiguration": {
        "EnableStatus": "Enabled",
        "OpenDcrEnabled": True,
        "AuthenticatedGrantTypes": ["code"],
        "OpenDcrGrantTypes": [],
        "AllowedScopes": ["a/b"],
    },
    "AccountRecoverySetting": {
        "RecoveryMechanisms": [
            {"Priority": 1, "Name": "verified_email"},
            {"Priority": 2, "Name": "verified_phone_number"},
        ]
    },
    "UserPoolTier": "PLUS",
    "KeyConfiguration": {
        "KeyType": "CUSTOMER_MANAGED_KEY",
        "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/c3d4",
    },
    "IssuerConfiguration": {"Type": "UPDATED"},
    "AcrConfiguration": {f"Level{n}": {"AcrValue": f"urn:example:{n}"} for n in (1, 2, 3, 4)},
}  # fmt: skip
UPDATABLE = [
    case for case in recorded("pools", "refusals") if not {"AliasAttributes", "Schema"} & set(case["request"])
]
CREATED_ONLY = {"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}}


def create(idp, **request):
    return idp.create_user_pool(PoolName="P", **request)["UserPool"]


def describe(idp, pool_id):
    return idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]


def test_a_bare_pool(idp):
    pool = create(idp)
    assert re.fullmatch(r"[a-z]{2}-[a-z]+-\d_[0-9A-Za-z]{9}", pool["Id"])
    region = pool["Id"].split("_")[0]
    assert re.fullmatch(rf"arn:aws:cognito-idp:{region}:\d{{12}}:userpool/{pool['Id']}", pool["Arn"])
    assert pool["CreationDate"] == pool["LastModifiedDate"]
    assert [attribute["Name"] for attribute in pool["SchemaAttributes"]] == STANDARD
    assert set(pool) == {
        "Id", "Name", "Policies", "DeletionProtection", "LambdaConfig", "LastModifiedDate", "CreationDate",
        "SchemaAttributes", "VerificationMessageTemplate", "UserAttributeUpdateSettings", "MfaConfiguration",
        "EstimatedNumberOfUsers", "EmailConfiguration", "UserPoolTags", "AdminCreateUserConfig", "Arn", "UserPoolTier",
        "AcrConfiguration",
    }  # fmt: skip
    assert describe(idp, pool["Id"]) == pool


def test_every_member_is_stored_and_described(idp):
    pool = create(idp, **EVERYTHING, **CREATED_ONLY)
    described = describe(idp, pool["Id"])
    assert described == pool
    holds(described, EVERYTHING | CREATED_ONLY)


def test_every_member_can_be_updated_and_an_empty_update_resets_them_all(idp):
    bare = create(idp)
    assert idp.update_user_pool(UserPoolId=bare["Id"], **EVERYTHING).keys() == {"ResponseMetadata"}
    updated = describe(idp, bare["Id"])
    holds(updated, EVERYTHING)
    assert updated["LastModifiedDate"] >= bare["LastModifiedDate"]
    idp.update_user_pool(UserPoolId=bare["Id"])
    reset = describe(idp, bare["Id"])
    assert reset.pop("DcrConfiguration") == EVERYTHING["DcrConfiguration"]
    assert reset | {"LastModifiedDate": 0} == bare | {"LastModifiedDate": 0}


def test_the_number_of_users_is_told(idp, server):
    pool_id = create(idp)["Id"]
    subs = [f"{n:08x}-0000-4000-8000-000000000000" for n in (1, 2, 3)]
    server.store.write(lambda tx: [tx.users.add(a_user(sub, pool_id=pool_id)) for sub in subs])
    assert describe(idp, pool_id)["EstimatedNumberOfUsers"] == 3


def test_another_process_sees_each_change_at_once(idp, server):
    """What is described comes from the store, not from what a process remembers for two seconds."""
    pool_id = create(idp)["Id"]
    assert server.services.config.pool(pool_id).mfa == "OFF"
    server.store.write(lambda tx: tx.pools.save(replace(tx.pools.get(pool_id), name="elsewhere")))
    assert describe(idp, pool_id)["Name"] == "elsewhere"


def test_a_process_knows_its_own_writes_at_once(idp, server):
    pool_id = create(idp)["Id"]
    assert server.services.config.pool(pool_id).mfa == "OFF"
    idp.update_user_pool(UserPoolId=pool_id, MfaConfiguration="OPTIONAL", SmsConfiguration=SMS)
    assert server.services.config.pool(pool_id).mfa == "OPTIONAL"
    idp.add_custom_attributes(
        UserPoolId=pool_id, CustomAttributes=[{"Name": "x", "AttributeDataType": "String"}]
    )
    assert "custom:x" in server.services.config.pool(pool_id).schema
    idp.delete_user_pool(UserPoolId=pool_id)
    assert server.services.config.pool(pool_id) is None


def test_a_pool_can_be_renamed_by_an_update(idp):
    pool = create(idp)
    idp.update_user_pool(UserPoolId=pool["Id"], PoolName="Q")
    assert describe(idp, pool["Id"])["Name"] == "Q"
    idp.update_user_pool(UserPoolId=pool["Id"])
    assert describe(idp, pool["Id"])["Name"] == "Q"


@pytest.mark.parametrize("answer", recorded("pools", "answers"), ids=lambda answer: answer["recorded"])
def test_recorded_descriptions(idp, answer):
    pool = create(idp, **{k: v for k, v in answer["request"].items() if k != "PoolName"})
    holds(pool, {k: v for k, v in answer["UserPool"].items() if k != "Name"})


@pytest.mark.parametrize("case", recorded("pools", "refusals"), ids=lambda case: case["message"][:50])
def test_recorded_refusals(idp, case):
    assert refusal(idp.create_user_pool, **case["request"]) == (case["error"], case["message"])


@pytest.mark.parametrize("case", UPDATABLE, ids=lambda case: case["message"][:50])
def test_an_update_refuses_the_same_and_changes_nothing(idp, case):
    request = {k: v for k, v in case["request"].items() if k not in ("PoolName", "UsernameAttributes")}
    pool = create(idp, UserPoolTags={"a": "b"})
    assert refusal(idp.update_user_pool, UserPoolId=pool["Id"], **request) == (case["error"], case["message"])
    assert describe(idp, pool["Id"]) == pool


@pytest.mark.parametrize(
    ("request_members", "message"),
    [
        ({"PoolName": ""}, "at 'poolName' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ({"Policies": {"PasswordPolicy": {"MinimumLength": 5}}}, "Member must have value greater than or equal to 6"),
        ({"MfaConfiguration": "SOMETIMES"}, "at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set"),
        ({"SmsAuthenticationMessage": "no code here"}, "at 'smsAuthenticationMessage' failed to satisfy constraint: Member must satisfy regular expression pattern"),
        ({"VerificationMessageTemplate": {"EmailMessageByLink": "no link"}}, "at 'verificationMessageTemplate.emailMessageByLink' failed"),
        ({"Schema": [{"Name": "x" * 21, "AttributeDataType": "String"}]}, "at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20"),
    ],
)  # fmt: skip
def test_what_the_wire_refuses(server, request_members, message):
    idp = server.client(parameter_validation=False)
    code, text = refusal(idp.create_user_pool, **({"PoolName": "P"} | request_members))
    assert code == "InvalidParameterException"
    assert message in text


def test_a_protected_pool_survives_deletion(idp):
    pool = create(idp, DeletionProtection="ACTIVE")
    assert refusal(idp.delete_user_pool, UserPoolId=pool["Id"]) == (
        "InvalidParameterException",
        (
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        ),
    )
    idp.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")
    idp.delete_user_pool(UserPoolId=pool["Id"])
    assert refusal(idp.describe_user_pool, UserPoolId=pool["Id"])[0] == "ResourceNotFoundException"


def test_a_deleted_pool_is_gone_for_every_operation(idp):
    pool_id = create(idp)["Id"]
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="C")["UserPoolClient"]["ClientId"]
    idp.delete_user_pool(UserPoolId=pool_id)
    attribute = {"Name": "x", "AttributeDataType": "String"}
    for function, request in (
        (idp.describe_user_pool, {}),
        (idp.update_user_pool, {}),
        (idp.delete_user_pool, {}),
        (idp.add_custom_attributes, {"CustomAttributes": [attribute]}),
        (idp.create_user_pool_client, {"ClientName": "C"}),
        (idp.describe_user_pool_client, {"ClientId": client_id}),
        (idp.update_user_pool_client, {"ClientId": client_id}),
        (idp.delete_user_pool_client, {"ClientId": client_id}),
        (idp.list_user_pool_clients, {}),
    ):
        assert refusal(function, UserPoolId=pool_id, **request) == (
            "ResourceNotFoundException",
            f"User pool {pool_id} does not exist.",
        )
    assert pool_id not in [pool["Id"] for pool in every_pool(idp)]


def every_pool(idp, size=60):
    pages = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": size})
    return [pool for page in pages for pool in page["UserPools"]]


def test_the_list_of_pools_goes_page_by_page(idp):
    config = {"PreSignUp": ARN}
    created = {create(idp, LambdaConfig=config)["Id"] for _ in range(5)}
    listed = every_pool(idp, size=2)
    assert len(listed) == len({pool["Id"] for pool in listed})
    ours = [pool for pool in listed if pool["Id"] in created]
    assert len(ours) == 5
    for pool in ours:
        assert set(pool) == {"Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate"}
        assert pool["LambdaConfig"] == config


def test_the_last_page_has_no_token(idp):
    create(idp)
    total = len(every_pool(idp))
    assert "NextToken" not in idp.list_user_pools(MaxResults=min(total, 60)) or total > 60


def test_pools_that_come_and_go_between_pages_disturb_no_others(idp):
    stay = {create(idp)["Id"] for _ in range(6)}
    seen, token = [], {}
    while True:
        page = idp.list_user_pools(MaxResults=2, **token)
        seen += [pool["Id"] for pool in page["UserPools"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        goes = create(idp)["Id"]
        if len(seen) % 4:
            idp.delete_user_pool(UserPoolId=goes)
        if len(seen) > 200:
            raise AssertionError("the list does not end")
    assert len(seen) == len(set(seen))
    assert stay <= set(seen)


@pytest.mark.parametrize("limit", [0, 61])
def test_the_size_of_a_page_has_limits(server, limit):
    idp = server.client(parameter_validation=False)
    code, message = refusal(idp.list_user_pools, MaxResults=limit)
    assert code == "InvalidParameterException"
    assert message.startswith(
        f"1 validation error detected: Value '{limit}' at 'maxResults' failed to satisfy"
    )


def test_attack_forged_and_foreign_page_tokens(idp):
    pool_id = create(idp)["Id"]
    create(idp)
    for name in ("a", "b"):
        idp.create_user_pool_client(UserPoolId=pool_id, ClientName=name)
    good = idp.list_user_pools(MaxResults=1)["NextToken"]
    foreign = idp.list_user_pool_clients(UserPoolId=pool_id, MaxResults=1)["NextToken"]
    changed = good[:-6] + ("A" if good[-6] != "A" else "B") + good[-5:]
    for token in ("x", "AAAA", foreign, changed, good[:-4], "é"):
        code, message = refusal(idp.list_user_pools, MaxResults=1, NextToken=token)
        assert code == "InvalidParameterException"
        assert message.startswith(f"Paging marker {token} is invalid for request ")
    assert idp.list_user_pools(MaxResults=1, NextToken=good)["UserPools"]


def test_updates_at_once_leave_one_of_them_whole(idp):
    pool = create(idp)

    def update(n):
        idp.update_user_pool(
            UserPoolId=pool["Id"],
            UserPoolTags={"n": str(n)},
            SmsAuthenticationMessage=f"{n} {{####}}",
            Policies={"PasswordPolicy": {"MinimumLength": 10 + n}},
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(update, range(8)))
    left = describe(idp, pool["Id"])
    n = int(left["UserPoolTags"]["n"])
    assert left["SmsAuthenticationMessage"] == f"{n} {{####}}"
    assert left["Policies"]["PasswordPolicy"]["MinimumLength"] == 10 + n
