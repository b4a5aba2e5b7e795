"""Two secrets of one client: given, listed, taken; both good wherever a secret is asked for."""

import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import oauth
from support.oauth import MACHINE, PASSWORD, basic
from support.refusals import refusal


@pytest.fixture
def site(server, idp):
    return oauth.site(server, idp)


@pytest.fixture
def client(site):
    return site.client(GenerateSecret=True, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])


def add(site, client, **more):
    names = {"UserPoolId": site.pool_id, "ClientId": client["ClientId"]}
    return site.idp.add_user_pool_client_secret(**names, **more)["ClientSecretDescriptor"]


def listed(site, client):
    names = {"UserPoolId": site.pool_id, "ClientId": client["ClientId"]}
    return site.idp.list_user_pool_client_secrets(**names)["ClientSecrets"]


def delete(site, client, secret_id):
    names = {"UserPoolId": site.pool_id, "ClientId": client["ClientId"]}
    site.idp.delete_user_pool_client_secret(**names, ClientSecretId=secret_id)


def secret_hash(client, secret):
    message = ("jane" + client["ClientId"]).encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()


def is_good_everywhere(site, client, secret):
    """Use a secret at each place that checks one; they all agree."""
    parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD, "SECRET_HASH": secret_hash(client, secret)}
    names = {"ClientId": client["ClientId"]}

    def signs_in():
        site.idp.initiate_auth(**names, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)

    def signs_up():
        site.idp.resend_confirmation_code(**names, Username="jane", SecretHash=parameters["SECRET_HASH"])

    def refreshes():
        site.idp.get_tokens_from_refresh_token(**names, ClientSecret=secret, RefreshToken="a.b.c.d.e")

    def revokes():
        site.idp.revoke_token(**names, ClientSecret=secret, Token="a.b.c.d.e")

    def redeems():
        answer = site.token(site.redemption(client), headers=basic(client, secret))
        if answer.status_code != 200:
            raise ValueError(answer.text)

    wrong = ("secret", "Unauthorized", "invalid_client")
    outcomes = set()
    for use in (signs_in, signs_up, refreshes, revokes, redeems):
        try:
            use()
            outcomes.add(True)
        except Exception as error:  # noqa: BLE001 (whatever it is, it says whether the secret was refused)
            outcomes.add(not any(word in str(error) for word in wrong))
    (good,) = outcomes
    return good


def test_both_secrets_are_good_until_one_goes(site, client):
    first = client["ClientSecret"]
    (known,) = listed(site, client)
    added = add(site, client)
    second = added["ClientSecretValue"]
    assert added["ClientSecretId"].startswith(f"{client['ClientId']}--")
    assert [each["ClientSecretId"] for each in listed(site, client)] == [
        known["ClientSecretId"],
        added["ClientSecretId"],
    ]
    assert all("ClientSecretValue" not in each for each in listed(site, client))
    assert is_good_everywhere(site, client, first)
    assert is_good_everywhere(site, client, second)
    assert not is_good_everywhere(site, client, "x" * 51)
    delete(site, client, known["ClientSecretId"])
    assert not is_good_everywhere(site, client, first)
    assert is_good_everywhere(site, client, second)
    described = site.idp.describe_user_pool_client(UserPoolId=site.pool_id, ClientId=client["ClientId"])
    assert described["UserPoolClient"]["ClientSecret"] == second


def test_a_secret_of_ones_own_is_not_told_again(site, client):
    added = add(site, client, ClientSecret="plain+plain+plain+plain+")
    assert "ClientSecretValue" not in added
    assert is_good_everywhere(site, client, "plain+plain+plain+plain+")


def test_what_is_refused(site, client):
    assert refusal(add, site, site.client())[0] == "InvalidParameterException"
    assert refusal(add, site, {"ClientId": "nobody"})[0] == "ResourceNotFoundException"
    (only,) = listed(site, client)
    assert refusal(delete, site, client, only["ClientSecretId"])[0] == "InvalidParameterException"
    assert refusal(delete, site, client, "other")[0] == "ResourceNotFoundException"
    add(site, client)
    assert refusal(add, site, client)[0] == "LimitExceededException"
    other = site.client(GenerateSecret=True)
    assert refusal(delete, site, other, only["ClientSecretId"])[0] == "ResourceNotFoundException"
    assert len(listed(site, client)) == 2


def test_of_many_at_once_one_is_added(site, client):
    def attempt(_):
        try:
            return add(site, client)
        except site.idp.exceptions.LimitExceededException:
            return None

    with ThreadPoolExecutor(6) as threads:
        added = [each for each in threads.map(attempt, range(6)) if each]
    assert len(added) == 1
    assert len({each["ClientSecretId"] for each in listed(site, client)}) == 2


# --- GetClientToken -----------------------------------------------------------------------------------------

TOKENS = {
    "GenerateSecret": True,
    "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
    "AllowedOAuthFlowsUserPoolClient": False,
}
SCOPES = {"AllowedOAuthFlows": [], "CallbackURLs": [], "AllowedOAuthScopes": ["api/read", "api/write"]}


def token(site, client, **more):
    request = {"ClientId": client["ClientId"], "Secret": client["ClientSecret"], **more}
    return site.idp.get_client_token(**request)["ClientAuthenticationResult"]


def test_a_client_gets_a_token_of_its_own(site):
    client = site.client(**TOKENS, **SCOPES)
    given = token(site, client)
    said = oauth.claims(given["AccessToken"])
    assert (given["ExpiresIn"], given["TokenType"]) == (3600, "Bearer")
    assert (said["sub"], said["scope"], said["version"]) == (client["ClientId"], "api/read api/write", 2)
    assert oauth.claims(token(site, client, Scopes=["api/write"])["AccessToken"])["scope"] == "api/write"
    answer = site.token({"grant_type": "client_credentials"}, headers=basic(client))
    assert answer.status_code == 200


def test_who_gets_no_token(site):
    client = site.client(**TOKENS, **SCOPES)
    assert refusal(token, site, client, Secret="x" * 30)[0] == "NotAuthorizedException"
    assert refusal(token, site, client, Scopes=["openid"])[0] == "InvalidParameterException"
    assert refusal(token, site, client, ClientId="nobody")[0] == "ResourceNotFoundException"
    assert refusal(token, site, site.client(**MACHINE))[0] == "InvalidParameterException"


def test_clients_of_tokens_have_a_secret_and_sign_nobody_in(site):
    flows = ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
    assert refusal(site.client, **(TOKENS | {"ExplicitAuthFlows": flows}))[0] == "InvalidParameterException"
    assert refusal(site.client, **(TOKENS | {"GenerateSecret": False}))[0] == "InvalidParameterException"
    client = site.client(**TOKENS)
    parameters = {
        "USERNAME": "jane",
        "PASSWORD": PASSWORD,
        "SECRET_HASH": secret_hash(client, client["ClientSecret"]),
    }
    refused = refusal(
        site.idp.initiate_auth,
        ClientId=client["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )
    assert refused[0] == "InvalidParameterException"
