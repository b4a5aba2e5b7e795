"""Pools and clients from a template, on both engines."""

from dataclasses import replace

import msgspec
import pytest
from botocore.exceptions import ClientError

from poolhouse.apply import run
from support.applying import actions, applied, changes, load, planned, said

POOL = "us-east-1_Shop00001"
SHOP = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Web:
    Type: AWS::Cognito::UserPoolClient
    Metadata: {Poolhouse: {ClientId: shopweb, ClientSecret: a-secret}}
    Properties:
      UserPoolId: !Ref Pool
      ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
  Pool:
    Type: AWS::Cognito::UserPool
    Metadata: {Poolhouse: {UserPoolId: us-east-1_Shop00001}}
    Properties:
      UserPoolName: !Sub "${AWS::StackName}-users-${Stage}"
      AutoVerifiedAttributes: [email]
      MfaConfiguration: OFF
      Policies: {PasswordPolicy: {MinimumLength: !If [IsProd, 12, 8]}}
      Schema:
        - {Name: email, Required: true, Mutable: true}
        - {Name: department, AttributeDataType: String, Mutable: true}
  Spa:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref Pool, ClientName: spa}
Outputs:
  Arn: {Value: !GetAtt Pool.Arn}
  Secret: {Value: !GetAtt Web.ClientSecret}
""".replace("a-secret", "s3cr3t" * 5)
ONE = """
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: people
      {}
"""


def one(*properties: str) -> str:
    return ONE.format("\n      ".join(properties))


def pool_of(plan):
    return next(step.identifier for step in plan.steps if step.name == "Pool")


def the_pool(idp):
    [found] = idp.list_user_pools(MaxResults=10)["UserPools"]
    return found["Id"]


def test_a_template_becomes_a_pool_and_its_clients(server, idp):
    plan = planned(server, SHOP)
    assert actions(plan) == {"Pool": "create", "Web": "create", "Spa": "create"}
    assert idp.list_user_pools(MaxResults=10)["UserPools"] == []  # a plan leaves nothing behind
    done = applied(server, SHOP)
    assert done.outputs["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"
    pool = idp.describe_user_pool(UserPoolId=POOL)["UserPool"]
    assert (pool["Name"], pool["MfaConfiguration"]) == ("shop-users-dev", "OFF")
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert "custom:department" in {attribute["Name"] for attribute in pool["SchemaAttributes"]}
    web = idp.describe_user_pool_client(UserPoolId=POOL, ClientId="shopweb")["UserPoolClient"]
    assert (web["ClientName"], web["ClientSecret"]) == ("shop-Web", "s3cr3t" * 5)
    names = {c["ClientName"] for c in idp.list_user_pool_clients(UserPoolId=POOL)["UserPoolClients"]}
    assert names == {"shop-Web", "spa"}


def test_a_second_time_there_is_nothing_to_do(server):
    applied(server, SHOP)
    again = planned(server, SHOP)
    assert set(actions(again).values()) == {"unchanged"}
    assert not again.changes
    assert "Nothing to do" in said(again)


def test_what_changes_is_shown_field_by_field_and_done(server, idp):
    applied(server, SHOP)
    client = idp.list_user_pool_clients(UserPoolId=POOL)["UserPoolClients"]
    plan = planned(server, SHOP, Stage="prod")
    assert actions(plan) == {"Pool": "change", "Web": "unchanged", "Spa": "unchanged"}
    assert changes(plan, "Pool") == {
        "Name": ("shop-users-dev", "shop-users-prod"),
        "Policies.PasswordPolicy.MinimumLength": (8, 12),
    }
    assert "Policies.PasswordPolicy.MinimumLength: 8 → 12" in said(plan)
    applied(server, SHOP, Stage="prod")
    assert idp.describe_user_pool(UserPoolId=POOL)["UserPool"]["Name"] == "shop-users-prod"
    assert idp.list_user_pool_clients(UserPoolId=POOL)["UserPoolClients"] == client


def test_what_the_file_says_no_more_goes_back_to_its_default(server, idp):
    applied(server, one("AutoVerifiedAttributes: [email]", "UserPoolTags: {team: shop}"))
    plan = applied(server, one())
    assert "AutoVerifiedAttributes" in changes(plan, "Pool")
    pool = idp.describe_user_pool(UserPoolId=the_pool(idp))["UserPool"]
    assert "AutoVerifiedAttributes" not in pool
    assert pool["UserPoolTags"] == {}


def test_what_others_changed_is_changed_back(server, idp):
    applied(server, one("Policies: {PasswordPolicy: {MinimumLength: 10}}"))
    idp.update_user_pool(UserPoolId=the_pool(idp), Policies={"PasswordPolicy": {"MinimumLength": 6}})
    plan = planned(server, one("Policies: {PasswordPolicy: {MinimumLength: 10}}"))
    assert changes(plan, "Pool")["Policies.PasswordPolicy.MinimumLength"] == (6, 10)


def test_without_chosen_ids_it_is_found_again_by_its_stack_and_name(server, idp):
    applied(server, one())
    assert actions(planned(server, one())) == {"Pool": "unchanged"}
    assert actions(planned(server, one(), stack="other")) == {"Pool": "create"}
    applied(server, one(), stack="other")
    assert len(idp.list_user_pools(MaxResults=10)["UserPools"]) == 2


def test_what_somebody_deleted_is_made_again(server, idp):
    applied(server, SHOP)
    idp.delete_user_pool_client(UserPoolId=POOL, ClientId="shopweb")
    assert actions(planned(server, SHOP)) == {"Pool": "unchanged", "Web": "create", "Spa": "unchanged"}
    applied(server, SHOP)
    idp.describe_user_pool_client(UserPoolId=POOL, ClientId="shopweb")


def test_what_is_not_in_the_file_any_more_is_named_and_stays(server, idp):
    applied(server, SHOP)
    rest = SHOP.partition("  Spa:")[0]
    plan = planned(server, rest)
    assert [(record.name, record.kind) for record in plan.gone] == [("Spa", "UserPoolClient")]
    assert "not in the file any more, and left as it is: Spa" in said(plan)
    wrong = planned(server, SHOP.replace("MfaConfiguration: OFF", "MfaConfiguration: MAYBE"))
    assert not wrong.possible
    assert wrong.gone == (), "what waits is in the file"
    assert len(idp.list_user_pool_clients(UserPoolId=POOL)["UserPoolClients"]) == 2


def test_second_factors(server, idp):
    sms = "SmsConfiguration: {SnsCallerArn: 'arn:aws:iam::1:role/sms', ExternalId: x}"
    applied(server, one("MfaConfiguration: OPTIONAL", "EnabledMfas: [SOFTWARE_TOKEN_MFA, SMS_MFA]", sms))
    pool = the_pool(idp)
    shown = idp.get_user_pool_mfa_config(UserPoolId=pool)
    assert shown["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert "SmsMfaConfiguration" in shown
    applied(
        server,
        one(
            "MfaConfiguration: ON", "EnabledMfas: [SOFTWARE_TOKEN_MFA]", "WebAuthnUserVerification: required"
        ),
    )
    shown = idp.get_user_pool_mfa_config(UserPoolId=pool)
    assert shown["MfaConfiguration"] == "ON"
    assert "SmsMfaConfiguration" not in shown
    assert shown["WebAuthnConfiguration"] == {"UserVerification": "required"}
    assert actions(
        planned(
            server,
            one(
                "MfaConfiguration: ON",
                "EnabledMfas: [SOFTWARE_TOKEN_MFA]",
                "WebAuthnUserVerification: required",
            ),
        )
    ) == {"Pool": "unchanged"}
    plan = applied(server, one())
    assert changes(plan, "Pool")["MfaConfiguration"] == ("ON", "OFF")
    assert idp.get_user_pool_mfa_config(UserPoolId=pool)["WebAuthnConfiguration"] == {
        "UserVerification": "preferred"
    }


def test_attributes_are_added_but_neither_changed_nor_removed(server, idp):
    applied(server, one("Schema: [{Name: size, AttributeDataType: Number, Mutable: true}]"))
    more = "{Name: colour, AttributeDataType: String, Mutable: true}"
    plan = applied(server, one(f"Schema: [{{Name: size, AttributeDataType: Number, Mutable: true}}, {more}]"))
    assert ("SchemaAttributes.custom:colour.Mutable") in changes(plan, "Pool")
    for schema, reason in [
        (f"Schema: [{more}]", "the pool has custom:size, and an attribute cannot be removed"),
        (
            f"Schema: [{{Name: size, AttributeDataType: String, Mutable: true}}, {more}]",
            "custom:size is different in the pool, which is fixed when a pool is created",
        ),
    ]:
        plan = planned(server, one(schema))
        assert actions(plan) == {"Pool": "refused"}
        assert not plan.possible
        assert reason in said(plan)


@pytest.mark.parametrize(
    ("was", "wanted", "reason", "command"),
    [
        (
            "AliasAttributes: [email]",
            "AliasAttributes: [email, phone_number]",
            "AliasAttributes is ['email']",
            "--alias email --alias phone_number",
        ),
        ("UsernameAttributes: [email]", "{}", "UsernameAttributes is ['email']", "--username none"),
        ("UsernameConfiguration: {CaseSensitive: false}", "{}", "CaseSensitive is false", "--case-sensitive"),
        (
            "Schema: [{Name: name, Required: true}]",
            "Schema: [{Name: name, Mutable: false}]",
            "Schema: name is different in the pool",
            "--optional name --immutable name",
        ),
    ],
)
def test_what_is_fixed_is_refused_with_the_reason(server, was, wanted, reason, command):
    applied(server, one(was))
    plan = planned(server, one(*[] if wanted == "{}" else [wanted]))
    assert actions(plan) == {"Pool": "refused"}
    assert reason in said(plan)
    assert command in said(plan)
    with pytest.raises(run.ChangedMeanwhile):
        run.carry_out(server.services, plan)


def test_a_client_gets_no_secret_afterwards(server):
    applied(server, SHOP)
    plan = planned(server, SHOP.replace("ClientName: spa", "ClientName: spa, GenerateSecret: true"))
    assert actions(plan)["Spa"] == "refused"
    assert "a client has a secret from the start or never" in said(plan)


def test_a_chosen_secret_can_change(server, idp):
    applied(server, SHOP)
    plan = applied(server, SHOP.replace("s3cr3t", "0th3rs"))
    assert actions(plan)["Web"] == "change"
    web = idp.describe_user_pool_client(UserPoolId=POOL, ClientId="shopweb")["UserPoolClient"]
    assert web["ClientSecret"] == "0th3rs" * 5
    idp.add_user_pool_client_secret(UserPoolId=POOL, ClientId="shopweb", ClientSecret="another" * 5)
    assert actions(planned(server, SHOP.replace("s3cr3t", "0th3rs")))["Web"] == "change"
    applied(server, SHOP.replace("s3cr3t", "0th3rs"))
    assert len(idp.list_user_pool_client_secrets(UserPoolId=POOL, ClientId="shopweb")["ClientSecrets"]) == 1


def test_secrets_are_never_shown(server):
    for plan in (
        planned(server, SHOP),
        applied(server, SHOP),
        planned(server, SHOP.replace("s3cr3t", "0th3rs")),
    ):
        assert "s3cr3t" not in said(plan)
        assert "0th3rs" not in said(plan)


def test_values_of_parameters_that_do_not_echo_are_never_shown(server):
    text = SHOP.replace("Parameters:", "Parameters:\n  Team: {Type: String, NoEcho: true}").replace(
        "AutoVerifiedAttributes", "UserPoolTags: {team: !Sub 'x-${Team}'}\n      AutoVerifiedAttributes"
    )
    plan = planned(server, text, Team="hush-hush")
    assert "UserPoolTags.team: x-********" in said(plan)


@pytest.mark.parametrize(
    ("replaced", "by", "reason"),
    [
        (
            "us-east-1_Shop00001",
            "eu-west-1_Shop00001",
            "does not begin with this server's region, us-east-1_",
        ),
        ("AutoVerifiedAttributes: [email]", "UserPoolTags: {'aws:x': y}", "UserPoolTaggingException"),
        ("MfaConfiguration: OFF", "MfaConfiguration: ON", "InvalidParameterException"),
        ("MfaConfiguration: OFF", "EnabledMfas: [FAX_MFA]", "there is no FAX_MFA"),
        ("[ALLOW_USER_PASSWORD_AUTH, ", "[ALLOW_USER_PASSWORD_AUTH, ADMIN_NO_SRP_AUTH, ", "InvalidParameter"),
    ],
)
def test_what_an_operation_refuses_is_refused_before_anything_is_written(server, idp, replaced, by, reason):
    plan = planned(server, SHOP.replace(replaced, by))
    assert not plan.possible
    assert reason in said(plan)
    assert idp.list_user_pools(MaxResults=10)["UserPools"] == []


def test_what_needs_something_refused_waits(server):
    plan = planned(server, SHOP.replace("MfaConfiguration: OFF", "MfaConfiguration: ON"))
    assert actions(plan) == {"Pool": "refused", "Web": "waits", "Spa": "waits"}
    assert "needs Pool" in said(plan)


@pytest.mark.parametrize(
    ("replaced", "by", "said_"),
    [
        (
            "MinimumLength: !If [IsProd, 12, 8]",
            "MinimumLength: many",
            "line 21: Resources.Pool.Properties.Policies.PasswordPolicy.MinimumLength: expected a whole number",
        ),
        (
            "MinimumLength: !If [IsProd, 12, 8]",
            "MinimumLength: 3",
            "MinimumLength: Member must have value greater than or equal to 6",
        ),
        ("MinimumLength:", "MinimalLength:", "no such property, but MinimumLength"),
        (
            "AutoVerifiedAttributes: [email]",
            "AutoVerifiedAttributes: email",
            "AutoVerifiedAttributes: expected a list",
        ),
        (
            "AutoVerifiedAttributes: [email]",
            "AutoVerifiedAttributes: [mail]",
            "Member must satisfy enum value set",
        ),
        ("UserPoolName:", "PoolName:", "PoolName: there is no such property, but UserPoolName"),
        (
            "ClientId: shopweb",
            "ClientId: 'shop web'",
            "Metadata.Poolhouse.ClientId: Member must satisfy regular",
        ),
        ("ClientId: shopweb", "Client: shopweb", "Metadata.Poolhouse.Client: there is no such property"),
        ("UserPoolId: !Ref Pool,", "", "Resources.Spa.Properties.UserPoolId: the property is required"),
        (
            "AutoVerifiedAttributes: [email]",
            "EmailVerificationSubject: '{{resolve:ssm:x}}'",
            "make it a parameter",
        ),
    ],
)
def test_wrong_properties_are_named_by_their_place(server, replaced, by, said_):
    assert replaced in SHOP
    assert said_ in said(planned(server, SHOP.replace(replaced, by)))


def test_two_resources_that_are_the_same(server):
    text = SHOP.replace(
        "    Properties: {UserPoolId: !Ref Pool, ClientName: spa}",
        "    Metadata: {Poolhouse: {ClientId: shopweb}}\n    Properties: {UserPoolId: !Ref Pool, ClientName: spa}",
    )
    plan = planned(server, text)
    assert sorted(actions(plan).values()) == ["create", "create", "refused"]
    assert "is the same UserPoolClient, shopweb" in said(plan)


def test_a_client_id_of_another_pool(server, idp):
    applied(server, SHOP)
    plan = planned(server, SHOP.replace(POOL, "us-east-1_Else00001"), stack="else")
    assert "the id shopweb is that of another pool's client" in said(plan)


def test_an_id_cannot_change(server, idp):
    applied(server, SHOP)
    plan = planned(server, SHOP.replace(POOL, "us-east-1_Else00001"))
    assert f"the pool is {POOL} already, and an id cannot change" in said(plan)


def test_the_id_of_a_deleted_pool_is_free_once_its_rows_are_gone(server, idp, store_url):
    """Else the sweep would take the rows of the new pool for the old one's."""
    applied(server, SHOP)
    idp.delete_user_pool(UserPoolId=POOL)
    plan = planned(server, SHOP)
    assert f"a deleted pool of the id {POOL} is still being removed" in said(plan)
    while server.store.write(lambda tx: tx.pools.remove_remains(POOL, 500)):
        pass
    applied(server, SHOP)
    assert server.store.write(lambda tx: tx.pools.remove_remains(POOL, 500)) == 0
    idp.describe_user_pool_client(UserPoolId=POOL, ClientId="shopweb")


def test_what_changed_after_the_plan_stops_it(server, idp):
    applied(server, SHOP)
    plan = planned(server, SHOP, Stage="prod")
    idp.update_user_pool(UserPoolId=POOL, PoolName="meanwhile")
    with pytest.raises(run.ChangedMeanwhile):
        run.carry_out(server.services, plan)
    assert idp.describe_user_pool(UserPoolId=POOL)["UserPool"]["Name"] == "meanwhile"


def test_all_or_nothing(server, idp):
    """A client id that somebody takes between plan and deed undoes the pool made before it."""
    plan = planned(server, SHOP)
    other = applied(server, SHOP.replace(POOL, "us-east-1_Else00001"), stack="else")
    assert other.changes
    with pytest.raises(run.ChangedMeanwhile):
        run.carry_out(server.services, plan)
    with pytest.raises(ClientError, match="does not exist"):
        idp.describe_user_pool(UserPoolId=POOL)


def test_partial_updates_of_the_api_are_no_matter_here(server, idp):
    applied(server, one("AutoVerifiedAttributes: [email]"))
    beyond = msgspec.structs.replace(server.services.settings.beyond, partial_updates=True)
    settings = msgspec.structs.replace(server.services.settings, beyond=beyond)
    plan = run.plan(replace(server.services, settings=settings), load(one(), server.data))
    assert "AutoVerifiedAttributes" in changes(plan, "Pool")
