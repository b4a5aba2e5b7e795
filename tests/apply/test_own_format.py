"""Our own format, in TOML."""

import pytest

from poolhouse.apply.files import Unreadable
from poolhouse.domain.secret_hash import compute
from support.applying import actions, applied, changes, load, planned, said

POOL = "us-east-1_Shop00001"
SHOP = """
stack = "shop"

[pools.people]
id = "us-east-1_Shop00001"
AutoVerifiedAttributes = ["email"]
Policies.PasswordPolicy.MinimumLength = 10
Policies.PasswordPolicy.RequireSymbols = false
UserPoolTags = { Ref = "not a function" }
UserPoolAddOns.AdvancedSecurityMode = "AUDIT"
UserPoolTier = "PLUS"

[[pools.people.Schema]]
Name = "department"
AttributeDataType = "String"
Mutable = true

[pools.people.clients.web]
id = "shopweb"
secret = "s3cr3ts3cr3ts3cr3ts3cr3ts3cr3t"
ExplicitAuthFlows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]

[pools.people.clients.machine]
GenerateSecret = true
AllowedOAuthFlowsUserPoolClient = true
AllowedOAuthFlows = ["client_credentials"]
AllowedOAuthScopes = ["shop/read"]

[pools.people.domains.shop-login]
ManagedLoginVersion = 2

[pools.people.resource_servers.shop]
Name = "The shop"
scopes = { read = "Read", write = "Write" }

[pools.people.groups.admins]
Description = "Who runs it"
Precedence = 1

[[pools.people.logs]]
EventSource = "userNotification"
LogLevel = "ERROR"
CloudWatchLogsConfiguration.LogGroupArn = "arn:aws:logs:us-east-1:000000000000:log-group:/pools/shop"

[pools.people.branding.web]
UseCognitoProvidedValues = true

[pools.people.css.ALL]
CSS = ".submitButton-customizable {color: red;}"

[pools.people.terms.web.terms-of-use]
TermsSource = "LINK"
Enforcement = "NONE"
Links = { "cognito:default" = "https://example.com/terms" }

[pools.people.risk.ALL]
RiskExceptionConfiguration.BlockedIPRangeList = ["203.0.113.0/24"]

[pools.people.users.sue]
password = "Correct-Horse-7"
attributes = { email = "sue@example.com", email_verified = true, "custom:department" = "sales" }
groups = ["admins"]
"""


def toml(server, text, **options):
    return planned(server, text, name="shop.toml", stack=None, **options)


def test_everything_is_made_and_a_user_signs_in(server, idp):
    done = applied(server, SHOP, name="shop.toml", stack=None)
    assert set(actions(done).values()) == {"create"}
    assert done.stack.place.stack == "shop"
    assert done.outputs["pools.people"] == POOL
    assert done.outputs["pools.people.clients.web"] == "shopweb"
    pool = idp.describe_user_pool(UserPoolId=POOL)["UserPool"]
    assert (pool["Name"], pool["Domain"]) == ("people", "shop-login")
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
    assert pool["UserPoolTags"] == {"Ref": "not a function"}
    server_ = idp.describe_resource_server(UserPoolId=POOL, Identifier="shop")["ResourceServer"]
    assert {scope["ScopeName"] for scope in server_["Scopes"]} == {"read", "write"}
    signed_in = idp.admin_initiate_auth(
        UserPoolId=POOL,
        ClientId="shopweb",
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={
            "USERNAME": "sue",
            "PASSWORD": "Correct-Horse-7",
            "SECRET_HASH": compute("s3cr3t" * 5, "sue", "shopweb"),
        },
    )
    assert "IdToken" in signed_in["AuthenticationResult"]
    users = idp.list_users_in_group(UserPoolId=POOL, GroupName="admins")["Users"]
    assert [user["Username"] for user in users] == ["sue"]


def test_a_second_time_there_is_nothing_to_do(server):
    applied(server, SHOP, name="shop.toml", stack=None)
    again = toml(server, SHOP)
    assert not again.changes, said(again)
    plan = toml(server, SHOP.replace("MinimumLength = 10", "MinimumLength = 12"))
    assert changes(plan, "pools.people") == {"Policies.PasswordPolicy.MinimumLength": (10, 12)}


def test_what_is_secret_or_personal_is_not_shown(server):
    text = said(toml(server, SHOP))
    assert not [word for word in ("s3cr3t", "Correct-Horse-7", "sue@example.com") if word in text]


@pytest.mark.parametrize(
    ("replaced", "by", "reason"),
    [
        (
            "MinimumLength = 10",
            "MinimumLength = 'x'",
            "pools.people.Policies.PasswordPolicy.MinimumLength: expected a whole",
        ),
        ("MinimumLength = 10", "MinLength = 10", "no such property, but MinimumLength"),
        ("Precedence = 1", "Precedence = 1979-05-27", "Precedence: expected a whole number"),
        ('"admins"]', '"nobody"]', "ResourceNotFoundException"),
        ("[pools.people.branding.web]", "[pools.people.branding.other]", "does not exist"),
    ],
)
def test_what_the_plan_refuses(server, replaced, by, reason):
    assert replaced in SHOP
    plan = toml(server, SHOP.replace(replaced, by))
    assert not plan.possible
    assert reason in said(plan)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = \nb = 1", "no TOML: Invalid value (at line 1, column 5)"),
        ("[pools.a]\nid = 'x'\nid = 'y'", "no TOML: Cannot overwrite a value (at end of document)"),
        ("[pool.a]", "pool: a file has pools, and a name of its stack"),
        ("pools = 3", "pools: expected tables, each under a name"),
        ("pools.a = 3", "pools.a: expected a table"),
        ("[pools.a]\nident = 'x'", "pools.a.ident: there is no such setting"),
        ("[pools.a.clients.b]\nsecrt = 'x'", "pools.a.clients.b.secrt: there is no such setting, but secret"),
        ("[pools.a.client.b]", "pools.a.client: there is no such setting, but clients"),
        ("[pools.a.users.b]\ngroups = 'x'", "pools.a.users.b.groups: expected a list of names"),
        ("[pools.a.users.b]\nattributes = ['x']", "pools.a.users.b.attributes: expected a table"),
        ("[pools.a.terms.b]\nLinks = 'x'", "pools.a.terms.b.Links: expected a table"),
        (f"a = {'[' * 10_000}", "nested"),
        (f"{'a.' * 500}b = 1", "nested more than"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, reason):
    with pytest.raises(Unreadable) as error:
        load(text, tmp_path, name="shop.toml", stack="x")
    assert reason in str(error.value)


def test_it_has_no_parameters(tmp_path):
    with pytest.raises(Unreadable, match="a TOML file has no parameters"):
        load("[pools.a]", tmp_path, name="shop.toml", stack="x", Stage="prod")
