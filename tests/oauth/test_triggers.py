"""PreTokenGeneration at the token endpoint."""

import json

import pytest

from poolhouse.store import open_store
from support import hooks, oauth
from support.oauth import MACHINE, basic, claims, error
from support.server import running_server


@pytest.fixture
def site(store_url, tmp_path, clock):
    hooks.events.clear()
    hooks.answers.clear()
    with running_server(open_store(store_url, clock), tmp_path, clock, hooks.mapped) as server:
        yield oauth.site(server, server.client())
    hooks.answers.clear()


def listen(site, version):
    config = {"LambdaArn": hooks.ARN, "LambdaVersion": version}
    site.idp.update_user_pool(UserPoolId=site.pool_id, LambdaConfig={"PreTokenGenerationConfig": config})


def ask(site, client, **more):
    return site.token({"grant_type": "client_credentials", **more}, headers=basic(client))


def test_the_trigger_of_a_machine(site):
    client = site.client(**MACHINE)
    listen(site, "V3_0")
    hooks.answers["TokenGeneration_ClientCredentials"] = lambda _: {
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"tier": {"level": 3}, "sub": "evil", "client_id": "evil"},
                "claimsToSuppress": ["version"],
                "scopesToAdd": ["other/scope", "aws.cognito.signin.user.admin"],
                "scopesToSuppress": ["api/write"],
            }
        }
    }
    answer = ask(site, client, aws_client_metadata=json.dumps({"why": "ünïcode & more"}))
    said = claims(answer.json()["access_token"])
    assert said["tier"] == {"level": 3}
    assert said["sub"] == said["client_id"] == client["ClientId"]
    assert said["version"] == 2
    assert said["scope"] == "api/read other/scope"
    (event,) = hooks.events
    assert event["version"] == "3"
    assert event["userName"] == "ClientCredentials"
    assert event["callerContext"]["clientId"] == client["ClientId"]
    assert event["request"]["clientMetadata"] == {"why": "ünïcode & more"}
    assert event["request"]["scopes"] == ["api/read", "api/write"]
    assert event["request"]["userAttributes"] == {}


@pytest.mark.parametrize("version", ["V1_0", "V2_0"])
def test_older_triggers_do_not_hear_of_machines(site, version):
    client = site.client(**MACHINE)
    listen(site, version)
    assert ask(site, client).status_code == 200
    assert hooks.events == []


def test_a_trigger_that_refuses(site):
    def refuse(_event):
        raise PermissionError("not today")

    machine, web = site.client(**MACHINE), site.client()
    form = site.redemption(web)
    listen(site, "V3_0")
    hooks.answers["TokenGeneration_ClientCredentials"] = hooks.answers["TokenGeneration_HostedAuth"] = refuse
    for answer in (ask(site, machine), site.token(form)):
        assert error(answer) == (400, "invalid_request")
        assert answer.json()["error_description"] == "PreTokenGeneration failed with error not today."
    del hooks.answers["TokenGeneration_HostedAuth"]
    assert site.token(form).status_code == 200, "the code was not used up"


def test_the_trigger_hears_of_codes_and_refreshes(site):
    client = site.client()
    listen(site, "V2_0")
    tokens = site.sign_in(client)
    form = {"grant_type": "refresh_token", "client_id": client["ClientId"]}
    assert site.token(form | {"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert hooks.sources() == ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"]
    assert [event["request"]["scopes"] for event in hooks.events] == [["openid", "email"]] * 2
