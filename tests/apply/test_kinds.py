"""Each kind of resource: made, changed, unchanged, refused; on both engines."""

import base64
from dataclasses import replace

import msgspec
import pytest
from botocore.exceptions import ClientError

from poolhouse.apply import run
from support.applying import actions, applied, changes, load, planned, said

POOL = "us-east-1_Shop00001"
CLIENT = "shopweb"
BASE = """
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Metadata: {Poolhouse: {UserPoolId: us-east-1_Shop00001}}
    Properties:
      UserPoolName: shop
      UserPoolTier: PLUS
      UserPoolAddOns: {AdvancedSecurityMode: AUDIT}
      AutoVerifiedAttributes: [email]
      SmsConfiguration: {SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: x}
%s
  Client:
    Type: AWS::Cognito::UserPoolClient
    Metadata: {Poolhouse: {ClientId: shopweb}}
    Properties:
      UserPoolId: !Ref Pool
      ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
"""
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    )
).decode()


def base(*pool_properties: str, **resources: str) -> str:
    """Return a template of a pool, a client and more: name → type and properties."""
    text = BASE % "\n".join(f"      {each}" for each in pool_properties)
    for name, described in resources.items():
        kind, _, properties = described.partition(" ")
        text += f"  {name}:\n    Type: AWS::Cognito::{kind}\n    Properties: {{UserPoolId: !Ref Pool, {properties}}}\n"
    return text


def settled(server, text: str) -> None:
    """Check that a second time there is nothing to do."""
    again = planned(server, text)
    assert not again.changes, said(again)
    assert again.possible


def test_groups(server, idp):
    text = base(Admins="UserPoolGroup GroupName: admins, Description: Who runs it, Precedence: 1")
    applied(server, text)
    group = idp.get_group(UserPoolId=POOL, GroupName="admins")["Group"]
    assert (group["Description"], group["Precedence"]) == ("Who runs it", 1)
    settled(server, text)
    text = base(Admins="UserPoolGroup GroupName: admins, Precedence: 2")
    plan = applied(server, text)
    assert changes(plan, "Admins") == {"Description": ("Who runs it", ""), "Precedence": (1, 2)}
    settled(server, text)


def test_domains(server, idp):
    text = base(Domain="UserPoolDomain Domain: shop-login")
    applied(server, text)
    assert idp.describe_user_pool_domain(Domain="shop-login")["DomainDescription"]["UserPoolId"] == POOL
    settled(server, text)
    text = base(Domain="UserPoolDomain Domain: shop-login, ManagedLoginVersion: 2")
    assert changes(applied(server, text), "Domain") == {"ManagedLoginVersion": (1, 2)}
    settled(server, text)
    plan = planned(server, base(Domain="UserPoolDomain Domain: another-login"))
    assert "User pool already has a domain configured." in said(plan)


def test_a_custom_domain_with_the_certificate_of_a_template(server, idp):
    text = base(
        Domain="UserPoolDomain Domain: auth.example.com, CustomDomainConfig: {CertificateArn: !Ref Cert}"
    )
    text += (
        "  Cert: {Type: 'AWS::CertificateManager::Certificate', Properties: {DomainName: auth.example.com}}\n"
    )
    applied(server, text)
    found = idp.describe_user_pool_domain(Domain="auth.example.com")["DomainDescription"]
    assert found["CustomDomainConfig"]["CertificateArn"].startswith(
        "arn:aws:acm:us-east-1:000000000000:certificate/"
    )
    settled(server, text)


def test_a_domain_of_another_pool(server, idp):
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=other, Domain="shop-login")
    plan = planned(server, base(Domain="UserPoolDomain Domain: shop-login"))
    assert actions(plan)["Domain"] == "refused"
    assert "Domain already associated with another user pool." in said(plan)


def test_resource_servers_come_before_the_clients_that_have_their_scopes(server, idp):
    scopes = "Scopes: [{ScopeName: read, ScopeDescription: Read}]"
    text = base(
        Machine="UserPoolClient GenerateSecret: true, AllowedOAuthFlowsUserPoolClient: true, "
        "AllowedOAuthFlows: [client_credentials], AllowedOAuthScopes: [shop/read]",
        Api=f"UserPoolResourceServer Identifier: shop, Name: Shop, {scopes}",
    )
    applied(server, text)
    settled(server, text)
    server_ = idp.describe_resource_server(UserPoolId=POOL, Identifier="shop")["ResourceServer"]
    assert server_["Scopes"] == [{"ScopeName": "read", "ScopeDescription": "Read"}]
    text = text.replace("Name: Shop", "Name: The shop")
    assert changes(applied(server, text), "Api") == {"Name": ("Shop", "The shop")}


def test_css_of_classic_pages(server, idp):
    css = "CSS: '.submitButton-customizable {color: red;}'"
    text = base(
        Looks=f"UserPoolUICustomizationAttachment ClientId: ALL, {css}",
        Domain="UserPoolDomain Domain: shop-login",
    )
    applied(server, text)
    settled(server, text)
    assert "red" in idp.get_ui_customization(UserPoolId=POOL)["UICustomization"]["CSS"]
    assert "CSS" in changes(applied(server, text.replace("red", "blue")), "Looks")
    # What counts for the client is the pool's: the client's own is not there yet.
    own = base(Own=f"UserPoolUICustomizationAttachment ClientId: !Ref Client, {css}")
    assert actions(planned(server, own))["Own"] == "create"


def test_managed_login_branding(server, idp):
    asset = f"Assets: [{{Category: FORM_LOGO, ColorMode: LIGHT, Extension: PNG, Bytes: {PNG}}}]"
    colour = "{components: {primaryButton: {lightMode: {defaults: {backgroundColor: 112233ff}}}}}"
    text = base(Style=f"ManagedLoginBranding ClientId: !Ref Client, Settings: {colour}, {asset}")
    done = applied(server, text)
    assert actions(done)["Style"] == "create"
    settled(server, text)
    style = idp.describe_managed_login_branding_by_client(UserPoolId=POOL, ClientId=CLIENT)[
        "ManagedLoginBranding"
    ]
    assert len(style["Assets"]) == 1
    plan = applied(server, base(Style=f"ManagedLoginBranding ClientId: !Ref Client, Settings: {colour}"))
    assert list(changes(plan, "Style")) == ["Assets"]
    applied(server, base(Style="ManagedLoginBranding ClientId: !Ref Client, UseCognitoProvidedValues: true"))
    style = idp.describe_managed_login_branding_by_client(UserPoolId=POOL, ClientId=CLIENT)[
        "ManagedLoginBranding"
    ]
    assert style["UseCognitoProvidedValues"] is True
    settled(server, base(Style="ManagedLoginBranding ClientId: !Ref Client, UseCognitoProvidedValues: true"))


def test_terms(server, idp):
    links = "{cognito:default: 'https://example.com/terms'}"
    text = base(
        Terms="Terms ClientId: !Ref Client, TermsName: terms-of-use, TermsSource: LINK, Enforcement: NONE, "
        f"Links: {links}"
    )
    applied(server, text)
    settled(server, text)
    plan = applied(server, text.replace("/terms'", "/new'"))
    assert changes(plan, "Terms") == {
        "Links.cognito:default": ("https://example.com/terms", "https://example.com/new")
    }


def test_risk_configurations(server, idp):
    blocked = "RiskExceptionConfiguration: {BlockedIPRangeList: [203.0.113.0/24]}"
    text = base(
        All=f"UserPoolRiskConfigurationAttachment ClientId: ALL, {blocked}",
        One="UserPoolRiskConfigurationAttachment ClientId: !Ref Client, "
        "RiskExceptionConfiguration: {SkippedIPRangeList: [192.0.2.1/32]}",
    )
    applied(server, text)
    settled(server, text)
    found = idp.describe_risk_configuration(UserPoolId=POOL)["RiskConfiguration"]
    assert found["RiskExceptionConfiguration"] == {"BlockedIPRangeList": ["203.0.113.0/24"]}
    plan = planned(server, text.replace("203.0.113.0/24", "203.0.113.0/25"))
    assert actions(plan)["All"] == "change"
    assert actions(plan)["One"] == "unchanged"


def test_log_delivery(server, idp):
    text = base(
        Logs="LogDeliveryConfiguration LogConfigurations: [{EventSource: userNotification, LogLevel: ERROR, "
        "CloudWatchLogsConfiguration: {LogGroupArn: !Join ['', ['arn:aws:logs:us-east-1:000000000000:log-group:', !Ref Group]]}}]"
    )
    text += "  Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /pools/shop}}\n"
    applied(server, text)
    settled(server, text)
    found = idp.get_log_delivery_configuration(UserPoolId=POOL)["LogDeliveryConfiguration"]
    [configured] = found["LogConfigurations"]
    assert configured["CloudWatchLogsConfiguration"] == {
        "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/pools/shop"
    }
    assert "is different" not in said(planned(server, text))
    plan = planned(
        server, text.replace("userNotification, LogLevel: ERROR", "userAuthEvents, LogLevel: INFO")
    )
    assert actions(plan)["Logs"] == "change"


SUE = (
    "UserPoolUser Username: sue, UserAttributes: "
    "[{Name: email, Value: sue@example.com}, {Name: email_verified, Value: 'true'}]"
)


def with_password(text: str, name: str, extras: str) -> str:
    return text.replace(f"  {name}:\n", f"  {name}:\n    Metadata: {{Poolhouse: {extras}}}\n")


def test_a_user_is_invited_once(server, idp):
    text = base(Sue=SUE)
    plan = planned(server, text)
    assert actions(plan)["Sue"] == "create"
    assert server.mails("sue@example.com") == []  # a plan invites nobody
    applied(server, text)
    [mail] = server.mails("sue@example.com")
    assert "sue" in mail["body"]
    settled(server, text)
    applied(server, text)
    assert len(server.mails("sue@example.com")) == 1


def test_a_user_with_a_password_signs_in_and_is_in_their_groups(server, idp):
    text = with_password(
        base(
            InAdmins="UserPoolUserToGroupAttachment GroupName: !Ref Admins, Username: !Ref Sue",
            Sue=SUE,
            Admins="UserPoolGroup GroupName: admins",
        ),
        "Sue",
        "{Password: Correct-Horse-7}",
    )
    plan = applied(server, text)
    assert "Correct-Horse-7" not in said(plan)
    assert "sue@example.com" not in said(plan)
    assert "UserAttributes.email.Value: (not shown)" in said(plan)
    assert server.mails() == []
    signed_in = idp.initiate_auth(
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "sue", "PASSWORD": "Correct-Horse-7"},
    )
    assert "IdToken" in signed_in["AuthenticationResult"]
    groups = idp.admin_list_groups_for_user(UserPoolId=POOL, Username="sue")["Groups"]
    assert [group["GroupName"] for group in groups] == ["admins"]
    settled(server, text)


def test_a_password_counts_once(server, idp):
    """What a user has changed is not changed back, nor is a new one in the file anybody's new password."""
    text = with_password(base(Sue=SUE), "Sue", "{Password: Correct-Horse-7}")
    applied(server, text)
    settled(server, text.replace("Correct-Horse-7", "Another-Horse-8"))


def test_a_password_that_an_interrupted_run_left_to_be_set(server, idp):
    text = with_password(base(Sue=SUE), "Sue", "{Password: Correct-Horse-7}")
    applied(server, base())
    idp.admin_create_user(UserPoolId=POOL, Username="sue", TemporaryPassword="Correct-Horse-7")
    plan = applied(server, text)
    assert actions(plan)["Sue"] == "change"
    assert idp.admin_get_user(UserPoolId=POOL, Username="sue")["UserStatus"] == "CONFIRMED"
    settled(server, text)


def test_attributes_that_the_file_names_are_brought_back_and_others_left(server, idp):
    text = with_password(base(Sue=SUE), "Sue", "{Password: Correct-Horse-7}")
    applied(server, text)
    idp.admin_update_user_attributes(
        UserPoolId=POOL,
        Username="sue",
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}, {"Name": "name", "Value": "Sue"}],
    )
    plan = planned(server, text)
    assert actions(plan)["Sue"] == "change"
    assert "new@example.com" not in said(plan)
    assert len(server.mails("sue@example.com")) == 0  # a plan sends no codes
    applied(server, text)
    values = {
        a["Name"]: a["Value"] for a in idp.admin_get_user(UserPoolId=POOL, Username="sue")["UserAttributes"]
    }
    assert (values["email"], values["email_verified"], values["name"]) == ("sue@example.com", "true", "Sue")
    settled(server, text)


@pytest.mark.parametrize(
    ("user", "extras", "reason"),
    [
        (
            "UserPoolUser Username: sue, UserAttributes: [{Name: nope, Value: x}]",
            "{}",
            "InvalidParameterException",
        ),
        ("UserPoolUser Username: sue", "{Password: short}", "InvalidPasswordException"),
        ("UserPoolUser Username: sue, MessageAction: RESEND", "{}", "leave it out"),
        ("UserPoolUser Username: ''", "{}", "Username: Member must have length greater than or equal to 1"),
    ],
)
def test_users_that_the_operations_refuse_are_refused_in_the_plan(server, idp, user, extras, reason):
    plan = planned(server, with_password(base(Sue=user), "Sue", extras))
    assert not plan.possible
    assert reason in said(plan)
    assert "short" not in said(plan)
    assert idp.list_user_pools(MaxResults=10)["UserPools"] == []


def test_two_users_of_one_alias_are_refused_in_the_plan(server):
    text = base("AliasAttributes: [email]", Sue=SUE, Ann=SUE.replace("Username: sue", "Username: ann"))
    plan = planned(server, text)
    assert sorted(actions(plan).values()) == ["create", "create", "create", "refused"]
    assert "UsernameExistsException" in said(plan)


def test_a_membership_of_a_group_that_is_not_there(server):
    text = base(Sue=SUE, In="UserPoolUserToGroupAttachment GroupName: nobody, Username: !Ref Sue")
    plan = planned(server, text)
    assert actions(plan)["In"] == "refused"


def test_triggers_are_called_for_the_deed_and_not_for_the_plan(server, idp):
    """No transaction may wait for a function; a function that refuses leaves the rest as it was done."""
    arn = "arn:aws:lambda:us-east-1:000000000000:function:refuse"
    text = base(f"LambdaConfig: {{PreSignUp: '{arn}'}}", Sue=SUE, Admins="UserPoolGroup GroupName: admins")
    plan = planned(server, text)
    assert plan.possible
    done = run.carry_out(server.services, plan)  # nothing is mapped, so the function cannot be called
    assert actions(done)["Sue"] == "refused"
    assert "UnexpectedLambdaException" in said(done)
    idp.get_group(UserPoolId=POOL, GroupName="admins")
    with pytest.raises(ClientError, match="User does not exist"):
        idp.admin_get_user(UserPoolId=POOL, Username="sue")
    applied(server, base(Sue=SUE, Admins="UserPoolGroup GroupName: admins"))
    idp.admin_get_user(UserPoolId=POOL, Username="sue")


def test_what_has_no_kind_yet_is_skipped_and_says_so(server):
    text = base(Google="UserPoolIdentityProvider ProviderName: Google, ProviderType: Google")
    plan = planned(server, text)
    assert plan.possible
    assert "Google  AWS::Cognito::UserPoolIdentityProvider  (not there yet: nothing of it is made)" in said(
        plan
    )


def test_plans_do_not_wait_for_password_hashes(server, monkeypatch):
    """A plan holds a transaction, and a hash is slow on purpose."""
    text = with_password(base(Sue=SUE), "Sue", "{Password: Correct-Horse-7}")
    passwords = type(server.services.passwords)(
        server.services.vault,
        server.services.passwords._hashing,
        msgspec.structs.replace(server.services.settings.passwords, memory_kib=4_000_000, passes=10),
        hashed=True,
    )
    services = replace(server.services, passwords=passwords)
    assert run.plan(services, load(text, server.data)).possible
