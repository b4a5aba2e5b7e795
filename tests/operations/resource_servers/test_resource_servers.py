"""Resource servers through botocore, and what their scopes are to app clients."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from poolhouse.domain.quotas import Quota
from poolhouse.domain.resource_servers import REGISTRATION_SCOPE, ResourceServer
from support.refusals import refusal

READ = {"ScopeName": "read", "ScopeDescription": "Read all of it"}
WRITE = {"ScopeName": "write", "ScopeDescription": "Write any of it"}
MACHINE = {
    "ClientName": "M",
    "GenerateSecret": True,
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthFlowsUserPoolClient": True,
}


@pytest.fixture
def pool_id(idp):
    return idp.create_user_pool(PoolName="P")["UserPool"]["Id"]


@pytest.fixture
def create(idp, pool_id):
    def make(**request):
        request = {"UserPoolId": pool_id, "Identifier": "api", "Name": "API", "Scopes": [READ]} | request
        return idp.create_resource_server(**request)["ResourceServer"]

    return make


def described(idp, pool_id, identifier="api"):
    return idp.describe_resource_server(UserPoolId=pool_id, Identifier=identifier)["ResourceServer"]


def test_what_is_created_is_described(idp, create, pool_id):
    url = "https://api.example.com/v1"
    made = create(Identifier=url, Scopes=[READ, WRITE])
    assert made == {"UserPoolId": pool_id, "Identifier": url, "Name": "API", "Scopes": [READ, WRITE]}
    assert described(idp, pool_id, url) == made
    assert create(Identifier="bare", Scopes=[])["Scopes"] == []


def test_an_update_replaces_name_and_scopes(idp, create, pool_id):
    create()
    changed = idp.update_resource_server(UserPoolId=pool_id, Identifier="api", Name="New", Scopes=[WRITE])
    assert changed["ResourceServer"]["Scopes"] == [WRITE]
    assert described(idp, pool_id)["Name"] == "New"
    idp.update_resource_server(UserPoolId=pool_id, Identifier="api", Name="New")
    assert described(idp, pool_id)["Scopes"] == []


def test_what_is_refused(idp, create, pool_id):
    create()
    message = f"api already exists in user pool {pool_id}."
    assert refusal(create, Name="Other") == ("InvalidParameterException", message)
    assert refusal(create, Identifier="x", Scopes=[READ, READ])[0] == "InvalidParameterException"
    assert refusal(create, Identifier="aws.cognito/dcr")[0] == "InvalidParameterException"
    for wrong in (
        {"Identifier": "with space"},
        {"Identifier": 'quote"'},
        {"Identifier": "x" * 257},
        {"Name": "no/slash"},
        {"Scopes": [{**READ, "ScopeName": "a/b"}]},
        {"Scopes": [{**READ, "ScopeName": "a b"}]},
        {"Scopes": [{**READ, "ScopeName": f"s{n}"} for n in range(101)]},
    ):
        assert refusal(create, **({"Identifier": "other"} | wrong))[0] == "InvalidParameterException"
    assert [s["Identifier"] for s in idp.list_resource_servers(UserPoolId=pool_id)["ResourceServers"]] == [
        "api"
    ]


def test_what_is_not_there(idp, create, pool_id):
    create()
    other = idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    for call in (idp.describe_resource_server, idp.delete_resource_server):
        assert refusal(call, UserPoolId=other, Identifier="api")[0] == "ResourceNotFoundException"
        assert refusal(call, UserPoolId="us-east-1_none", Identifier="api")[0] == "ResourceNotFoundException"
    change = {"UserPoolId": other, "Identifier": "api", "Name": "n"}
    assert refusal(idp.update_resource_server, **change)[0] == "ResourceNotFoundException"
    assert refusal(create, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"
    assert described(idp, pool_id)


def test_lists_go_by_identifier_a_page_at_a_time(idp, create, pool_id):
    for name in "dbeac":
        create(Identifier=name)
    first = idp.list_resource_servers(UserPoolId=pool_id, MaxResults=3)
    assert [server["Identifier"] for server in first["ResourceServers"]] == ["a", "b", "c"]
    rest = idp.list_resource_servers(UserPoolId=pool_id, MaxResults=3, NextToken=first["NextToken"])
    assert [server["Identifier"] for server in rest["ResourceServers"]] == ["d", "e"]
    assert "NextToken" not in rest
    other = idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    assert refusal(idp.list_resource_servers, UserPoolId=other, NextToken=first["NextToken"])[0] == (
        "InvalidParameterException"
    )


def test_a_pool_has_so_many_and_no_more_however_many_come_at_once(server, create, pool_id):
    most = Quota.RESOURCE_SERVERS.most("raised")

    def fill(tx):
        for number in range(most - 2):
            tx.resource_servers.add(ResourceServer(pool_id, f"s{number}", "S", {}))

    server.store.write(fill)

    def attempt(number):
        try:
            return create(Identifier=f"late-{number}")
        except Exception as error:  # noqa: BLE001 (looked at below)
            return error

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(attempt, range(6)))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(error).__name__ for error in refused] == ["LimitExceededException"] * 4


def test_a_client_may_have_scopes_that_there_are(idp, create, pool_id):
    def client(*scopes, **more):
        request = {"UserPoolId": pool_id, **MACHINE, "AllowedOAuthScopes": list(scopes), **more}
        return idp.create_user_pool_client(**request)["UserPoolClient"]

    unknown = ("ScopeDoesNotExistException", "Invalid scope requested: api/read")
    assert refusal(client, "api/read") == unknown
    create()
    assert client("api/read")["AllowedOAuthScopes"] == ["api/read"]
    assert refusal(client, "api/write")[0] == "ScopeDoesNotExistException"
    assert refusal(client, "api/read", "openid") == (
        "InvalidOAuthFlowException",
        "openid is not supported with client_credentials flow",
    )
    web = {"AllowedOAuthFlows": ["code"], "CallbackURLs": ["https://a.example/cb"]}
    assert set(client("api/read", "openid", **web)["AllowedOAuthScopes"]) == {"api/read", "openid"}


def test_a_client_keeps_scopes_that_are_gone_and_gets_no_new_ones(server, idp, create, pool_id):
    create()
    request = {"UserPoolId": pool_id, **MACHINE, "AllowedOAuthScopes": ["api/read"]}
    client = idp.create_user_pool_client(**request)["UserPoolClient"]
    assert server.services.config.custom_scopes(pool_id) == {"api/read", REGISTRATION_SCOPE}
    idp.delete_resource_server(UserPoolId=pool_id, Identifier="api")
    assert server.services.config.custom_scopes(pool_id) == {REGISTRATION_SCOPE}
    names = {"UserPoolId": pool_id, "ClientId": client["ClientId"]}
    assert idp.describe_user_pool_client(**names)["UserPoolClient"]["AllowedOAuthScopes"] == ["api/read"]
    change = {**names, "AllowedOAuthScopes": ["api/read"]}
    assert refusal(idp.update_user_pool_client, **change)[0] == "ScopeDoesNotExistException"
    create()
    assert server.services.config.custom_scopes(pool_id) == {"api/read", REGISTRATION_SCOPE}
    idp.update_user_pool_client(**change)
