"""App clients through botocore: what is created is described, listed, updated and deleted."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.parity import holds, recorded
from support.refusals import refusal

EVERYTHING = {
    "RefreshTokenValidity": 10,
    "AccessTokenValidity": 60,
    "IdTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "ReadAttributes": ["email", "email_verified"],
    "WriteAttributes": ["email"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://example.com", "http://localhost:8001", "myapp://example"],
    "LogoutURLs": ["https://example.com/bye"],
    "DefaultRedirectURI": "https://example.com",
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": ["openid", "profile"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AnalyticsConfiguration": {
        "ApplicationId": "0123456789abcdef",
        "RoleArn": "arn:aws:iam::123456789012:role/pinpoint",
        "ExternalId": "1",
        "UserDataShared": True,
    },
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": True,
    "AuthSessionValidity": 4,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}


@pytest.fixture
def pool_id(idp):
    return idp.create_user_pool(PoolName="P")["UserPool"]["Id"]


@pytest.fixture
def create(idp, pool_id):
    def make(**request):
        request = {"UserPoolId": pool_id, "ClientName": "C"} | request
        return idp.create_user_pool_client(**request)["UserPoolClient"]

    return make


@pytest.fixture
def describe(idp, pool_id):
    def read(client_id):
        return idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]

    return read


@pytest.fixture
def update(idp, pool_id):
    def change(client_id, **request):
        request = {"UserPoolId": pool_id, "ClientId": client_id} | request
        return idp.update_user_pool_client(**request)["UserPoolClient"]

    return change


def test_a_bare_client(create, describe, pool_id):
    client = create()
    assert re.fullmatch(r"[0-9a-z]{26}", client["ClientId"])
    assert client["CreationDate"] == client["LastModifiedDate"]
    assert {k: v for k, v in client.items() if k not in ("ClientId", "CreationDate", "LastModifiedDate")} == {
        "UserPoolId": pool_id,
        "ClientName": "C",
        "ClientType": "REGULAR",
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": False,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
    }
    assert describe(client["ClientId"]) == client


def test_every_member_is_stored_and_described(create, describe):
    client = create(GenerateSecret=True, **EVERYTHING)
    assert describe(client["ClientId"]) == client
    holds(client, EVERYTHING)


def test_every_member_can_be_updated_and_an_empty_update_resets_them_all(create, update, describe):
    bare = create(GenerateSecret=True)
    updated = update(bare["ClientId"], **EVERYTHING)
    holds(updated, EVERYTHING)
    assert describe(bare["ClientId"]) == updated
    reset = update(bare["ClientId"])
    assert reset | {"LastModifiedDate": 0} == bare | {"LastModifiedDate": 0}


def test_a_generated_secret_is_shown_and_never_changes(create, update, describe):
    client = create(GenerateSecret=True)
    secret = client["ClientSecret"]
    assert re.fullmatch(r"[0-9a-z]{51,52}", secret)
    assert update(client["ClientId"], ClientName="D")["ClientSecret"] == secret
    assert describe(client["ClientId"])["ClientSecret"] == secret
    assert create(GenerateSecret=True)["ClientSecret"] != secret


def test_a_secret_of_ones_own(create, describe):
    secret = "my+own_secret_of_24_chars"
    client = create(ClientSecret=secret)
    assert client["ClientSecret"] == secret
    assert describe(client["ClientId"])["ClientSecret"] == secret


def test_attack_a_stolen_database_or_log_gives_no_secret_away(server, create):
    generated, own = create(GenerateSecret=True), create(ClientSecret="my+own_secret_of_24_chars")
    folder = server.data
    for client in (generated, own):
        secret = client["ClientSecret"].encode()
        stored = server.store.read(lambda tx, client=client: tx.clients.get(client["ClientId"]))
        assert secret not in repr(stored).encode()
        assert not any(secret in path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert not any(secret in line for line in server.log)


def test_a_client_can_be_renamed_and_keeps_its_name(create, update):
    client_id = create()["ClientId"]
    assert update(client_id, ClientName="D")["ClientName"] == "D"
    assert update(client_id)["ClientName"] == "D"


@pytest.mark.parametrize("answer", recorded("clients", "answers"), ids=lambda answer: answer["recorded"])
def test_recorded_descriptions(idp, answer):
    """Identity providers, and scopes of resource servers, are left out: there are none of either yet."""
    schema = [
        {"Name": name.removeprefix("custom:"), "AttributeDataType": "String", "Mutable": True}
        for name in answer["UserPoolClient"]["ReadAttributes"]
        if name.startswith("custom:")
    ]
    pool = idp.create_user_pool(PoolName="P", **({"Schema": schema} if schema else {}))["UserPool"]
    wanted = dict(answer["UserPoolClient"])
    wanted.pop("SupportedIdentityProviders", None)
    if "AnalyticsConfiguration" in wanted:
        wanted["AnalyticsConfiguration"] = {
            k: v for k, v in wanted["AnalyticsConfiguration"].items() if k != "RoleArn"
        }
    if "AllowedOAuthScopes" in wanted:
        wanted["AllowedOAuthScopes"] = [s for s in wanted["AllowedOAuthScopes"] if "/" not in s]
    client = idp.create_user_pool_client(UserPoolId=pool["Id"], GenerateSecret=answer["secret"], **wanted)[
        "UserPoolClient"
    ]
    holds(client, wanted)
    assert ("ClientSecret" in client) is answer["secret"]


@pytest.mark.parametrize("case", recorded("clients", "refusals"), ids=lambda case: case["message"][:50])
def test_recorded_refusals(idp, pool_id, case):
    want = (case["error"], case["message"].replace("<pool id>", pool_id))
    assert refusal(idp.create_user_pool_client, UserPoolId=pool_id, **case["request"]) == want


@pytest.mark.parametrize("case", recorded("clients", "refusals"), ids=lambda case: case["message"][:50])
def test_an_update_refuses_the_same_and_changes_nothing(idp, pool_id, create, describe, case):
    request = dict(case["request"])
    client = create(GenerateSecret=request.pop("GenerateSecret", False))
    message = case["message"].replace("<pool id>", pool_id).replace("while creating", "while updating")
    got = refusal(idp.update_user_pool_client, UserPoolId=pool_id, ClientId=client["ClientId"], **request)
    assert got == (case["error"], message)
    assert describe(client["ClientId"]) == client


def test_both_kinds_of_secret_at_once(idp, pool_id):
    request = {"UserPoolId": pool_id, "ClientName": "C", "GenerateSecret": True, "ClientSecret": "x" * 24}
    assert refusal(idp.create_user_pool_client, **request)[0] == "InvalidParameterException"


def test_a_deleted_client_is_gone(idp, pool_id, create):
    client_id = create()["ClientId"]
    assert idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id).keys() == {"ResponseMetadata"}
    for function in (idp.describe_user_pool_client, idp.update_user_pool_client, idp.delete_user_pool_client):
        assert refusal(function, UserPoolId=pool_id, ClientId=client_id) == (
            "ResourceNotFoundException",
            f"User pool client {client_id} does not exist.",
        )


def test_attack_a_client_is_not_reached_through_another_pool(idp, create, describe):
    client = create(GenerateSecret=True)
    other = idp.create_user_pool(PoolName="Other")["UserPool"]["Id"]
    for function in (idp.describe_user_pool_client, idp.update_user_pool_client, idp.delete_user_pool_client):
        assert refusal(function, UserPoolId=other, ClientId=client["ClientId"]) == (
            "ResourceNotFoundException",
            f"User pool client {client['ClientId']} does not exist.",
        )
    assert describe(client["ClientId"]) == client


def every_client(idp, pool_id, **request):
    paginator = idp.get_paginator("list_user_pool_clients")
    pages = paginator.paginate(UserPoolId=pool_id, PaginationConfig={"PageSize": 2}, **request)
    return [client for page in pages for client in page["UserPoolClients"]]


def test_the_list_of_clients_goes_page_by_page(idp, pool_id, create):
    created = sorted(create(ClientName=f"c{n}")["ClientId"] for n in range(5))
    listed = every_client(idp, pool_id)
    assert [client["ClientId"] for client in listed] == created
    assert all(set(client) == {"ClientId", "UserPoolId", "ClientName"} for client in listed)
    assert len(idp.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]) == 5


def test_the_list_of_a_pool_without_clients_is_empty(idp, pool_id):
    assert idp.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"] == []


def test_the_kind_of_client_filters_the_list(idp, pool_id, create):
    for _ in range(3):
        create()
    assert len(every_client(idp, pool_id, ClientType="REGULAR")) == 3
    assert every_client(idp, pool_id, ClientType="DCR") == []


def test_clients_that_come_and_go_between_pages_disturb_no_others(idp, pool_id, create):
    stay = {create()["ClientId"] for _ in range(5)}
    seen, token = [], {}
    for turn in range(30):
        page = idp.list_user_pool_clients(UserPoolId=pool_id, MaxResults=1, **token)
        seen += [client["ClientId"] for client in page["UserPoolClients"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        if turn < 8:
            goes = create()["ClientId"]
            if turn % 2:
                idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=goes)
    assert "NextToken" not in page
    assert len(seen) == len(set(seen))
    assert stay <= set(seen)


def test_attack_forged_and_foreign_page_tokens(idp, pool_id, create):
    create()
    create()
    good = idp.list_user_pool_clients(UserPoolId=pool_id, MaxResults=1)["NextToken"]
    other = idp.create_user_pool(PoolName="Other")["UserPool"]["Id"]
    for request in (
        {"UserPoolId": pool_id, "NextToken": "forged"},
        {"UserPoolId": other, "NextToken": good},
        {"UserPoolId": pool_id, "NextToken": good, "ClientType": "REGULAR"},
    ):
        code, message = refusal(idp.list_user_pool_clients, MaxResults=1, **request)
        assert code == "InvalidParameterException"
        assert message.startswith(f"Paging marker {request['NextToken']} is invalid for request ")


def test_updates_at_once_leave_one_of_them_whole(create, update, describe):
    client_id = create()["ClientId"]
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(
                lambda n: update(
                    client_id, ClientName=f"n{n}", RefreshTokenValidity=n, LogoutURLs=[f"x:{n}"]
                ),
                range(1, 9),
            )
        )
    left = describe(client_id)
    n = left["RefreshTokenValidity"]
    assert (left["ClientName"], left["LogoutURLs"]) == (f"n{n}", [f"x:{n}"])
