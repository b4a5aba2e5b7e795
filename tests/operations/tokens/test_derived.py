"""GetDerivedToken: what comes of a token, for whom, and what is refused."""

import pytest

from support import oauth
from support.oauth import MACHINE, basic, claims
from support.refusals import refusal

FLOWS = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]


@pytest.fixture
def site(server, idp):
    return oauth.site(server, idp)


@pytest.fixture
def exchanger(site):
    return site.client(GenerateSecret=True, ExplicitAuthFlows=FLOWS)


@pytest.fixture
def derive(site, exchanger):
    def call(token, **more):
        request = {
            "ClientId": exchanger["ClientId"],
            "ClientSecret": exchanger["ClientSecret"],
            "SubjectToken": token,
            "SubjectTokenType": "ACCESS_TOKEN",
        } | more
        return site.idp.get_derived_token(**{k: v for k, v in request.items() if v is not None})

    return call


ALL = ("openid", "email", "api/read", "aws.cognito.signin.user.admin")


def test_an_access_token_for_another_service(site, exchanger, derive):
    given = site.sign_in(site.client(), scopes=ALL)
    before = claims(given["access_token"])
    site.server.clock.advance(600)
    answer = derive(given["access_token"], Scopes=["api/read", "api/write"], Audiences=["orders"])
    after = claims(answer["IssuedToken"])
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ACCESS_TOKEN", "Bearer")
    assert answer["Scopes"] == ["api/read"] == after["scope"].split()
    assert (after["aud"], after["client_id"]) == ("orders", exchanger["ClientId"])
    assert answer["ExpiresIn"] == 3000, "it does not outlive its subject's"
    for kept in ("sub", "event_id", "auth_time", "exp", "username", "origin_jti"):
        assert after[kept] == before[kept]
    assert after["jti"] != before["jti"]
    assert "act" not in after
    assert derive(given["access_token"])["Scopes"] == list(ALL)


def test_it_dies_with_the_sign_in(site, derive):
    given = site.sign_in(site.client(), scopes=ALL)
    derived = derive(given["access_token"])["IssuedToken"]
    assert site.idp.get_user(AccessToken=derived)["Username"] == "jane"
    site.idp.admin_user_global_sign_out(UserPoolId=site.pool_id, Username="jane")
    assert refusal(site.idp.get_user, AccessToken=derived)[1] == "Access Token has been revoked"
    assert refusal(derive, given["access_token"]) == (
        "NotAuthorizedException",
        "Subject Token has been revoked",
    )


def test_an_actor_is_named_and_those_before_it(site, derive):
    given = site.sign_in(site.client(), scopes=ALL)
    machines = [site.client(**MACHINE) for _ in range(2)]
    subject = given["access_token"]
    for machine in machines:
        actor = site.token({"grant_type": "client_credentials"}, headers=basic(machine)).json()[
            "access_token"
        ]
        subject = derive(subject, ActorToken=actor, ActorTokenType="ACCESS_TOKEN")["IssuedToken"]
    first, second = (machine["ClientId"] for machine in machines)
    assert claims(subject)["act"] == {"sub": second, "act": {"sub": first}}
    assert claims(subject)["sub"] == site.sub


def test_id_tokens(site, exchanger, derive):
    given = site.sign_in(site.client(), scopes=("openid", "profile"))
    for token, kind in ((given["access_token"], "ACCESS_TOKEN"), (given["id_token"], "ID_TOKEN")):
        answer = derive(token, SubjectTokenType=kind, RequestedTokenType="ID_TOKEN")
        said = claims(answer["IssuedToken"])
        assert (answer["IssuedTokenType"], said["aud"]) == ("ID_TOKEN", exchanger["ClientId"])
        assert said["name"] == "Jane"
        assert "email" not in said, "the subject's token shows none"
    assert "scope" not in claims(derive(given["id_token"], SubjectTokenType="ID_TOKEN")["IssuedToken"])
    bare = site.sign_in(site.client(), scopes=("api/read",))
    refused = refusal(derive, bare["access_token"], RequestedTokenType="ID_TOKEN")
    assert refused == ("NotAuthorizedException", "Invalid Subject Token")


def test_a_resource_server_of_the_pool(site, derive):
    given = site.sign_in(site.client(), scopes=ALL)
    assert claims(derive(given["access_token"], Resources=["api"])["IssuedToken"])["aud"] == "api"
    assert refusal(derive, given["access_token"], Resources=["none"])[0] == "ResourceNotFoundException"
    both = {"Resources": ["api"], "Audiences": ["x"]}
    assert refusal(derive, given["access_token"], **both)[0] == "InvalidParameterException"


def test_who_may_not_exchange(site, derive):
    token = site.sign_in(site.client())["access_token"]
    assert refusal(derive, token, ClientSecret="x" * 30)[0] == "NotAuthorizedException"
    assert refusal(derive, token, ClientSecret=None)[0] == "NotAuthorizedException"
    assert refusal(derive, token, ClientId="nobody")[0] == "ResourceNotFoundException"
    plain = site.client()
    assert (
        refusal(derive, token, ClientId=plain["ClientId"], ClientSecret=None)[0]
        == "InvalidParameterException"
    )
    one = site.client(ExplicitAuthFlows=FLOWS[:1])
    ask = {"ClientId": one["ClientId"], "ClientSecret": None}
    assert derive(token, **ask)
    actor = {"ActorToken": token, "ActorTokenType": "ACCESS_TOKEN"}
    assert refusal(derive, token, **ask, **actor)[0] == "InvalidParameterException"


def test_attack_tokens_that_are_not_good(site, derive):
    given = site.sign_in(site.client())
    invalid = ("NotAuthorizedException", "Invalid Subject Token")
    for token in ("x", "a.b.c", given["access_token"][:-4] + "AAAA", given["id_token"], "+/="):
        assert refusal(derive, token) == invalid
    assert refusal(derive, given["access_token"], SubjectTokenType="ID_TOKEN") == invalid
    machine = site.client(**MACHINE)
    own = site.token({"grant_type": "client_credentials"}, headers=basic(machine)).json()["access_token"]
    assert refusal(derive, own) == invalid
    assert refusal(derive, given["access_token"], SubjectTokenType="SAML2")[0] == "InvalidParameterException"
    assert (
        refusal(derive, given["access_token"], SubjectTokenProviderName="Okta")[0]
        == "ResourceNotFoundException"
    )
    assert refusal(derive, given["access_token"], ActorToken=own)[0] == "InvalidParameterException"
    elsewhere = site.idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    made = site.idp.create_user_pool_client(UserPoolId=elsewhere, ClientName="c", ExplicitAuthFlows=FLOWS)
    ask = {"ClientId": made["UserPoolClient"]["ClientId"], "ClientSecret": None}
    assert refusal(derive, given["access_token"], **ask) == invalid
    wrong = {"ActorToken": "x", "ActorTokenType": "ACCESS_TOKEN"}
    assert refusal(derive, given["access_token"], **wrong) == (
        "NotAuthorizedException",
        "Invalid Actor Token",
    )
    site.idp.admin_disable_user(UserPoolId=site.pool_id, Username="jane")
    assert refusal(derive, given["access_token"])[0] == "NotAuthorizedException"
    site.idp.admin_delete_user(UserPoolId=site.pool_id, Username="jane")
    assert refusal(derive, given["access_token"])[0] == "UserNotFoundException"
    site.server.clock.advance(3600)
    assert refusal(derive, given["access_token"]) == ("NotAuthorizedException", "Subject Token has expired")
