"""The pages and OAuth endpoints of a pool in the region of its replica."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from support.oauth import CHALLENGE, FORM, VERIFIER
from support.refusals import refusal
from support.sign_in import PASSWORD
from support.visitor import CALLBACK, HOSTED, forms

AWAY = "eu-west-1"


@pytest.fixture
def hosted(place: Any, there: Any) -> Any:
    """The replica of a pool whose client uses the pages, at a domain that every region's server may answer."""
    place.idp.update_user_pool_client(UserPoolId=place.pool, ClientId=place.client, **HOSTED)
    place.idp.create_user_pool_domain(
        UserPoolId=place.pool,
        Domain="auth.localhost",
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"},
    )
    place.server.clock.advance(3)
    return there


def browser(place: Any) -> httpx2.Client:
    """A browser in the replica's region."""
    return httpx2.Client(base_url=f"http://localhost:{urlsplit(place.server.url).port}", timeout=60)


def asked(place: Any) -> dict[str, str]:
    return {
        "client_id": place.client,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }


def signed_in(place: Any, visitor: httpx2.Client) -> httpx2.Response:
    page = visitor.get("/login", params=asked(place))
    form = forms(page)[0]  # type: ignore[arg-type]
    return visitor.post(form.action, data={**form.fields, "username": "jane", "password": PASSWORD})


def test_a_sign_in_at_the_replica_s_pages_gives_tokens_there(hosted):
    with browser(hosted) as visitor:
        answer = signed_in(hosted, visitor)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "client_id": hosted.client,
            "redirect_uri": CALLBACK,
            "code": code,
            "code_verifier": VERIFIER,
        }
        tokens = visitor.post("/oauth2/token", data=form, headers={"Content-Type": FORM}).json()
        info = visitor.get("/oauth2/userInfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        assert info.json()["username"] == "jane"


@pytest.mark.parametrize(
    "path",
    ["/signup", "/confirm", "/resendcode", "/forgotPassword", "/confirmforgotPassword", "/resetPassword"],
)
def test_attack_pages_that_make_or_change_users(hosted, path):
    with browser(hosted) as visitor:
        assert visitor.get(path, params=asked(hosted)).status_code == 403


def test_an_inactive_replica_has_no_pages_and_no_endpoints(place, hosted):
    place.idp.update_user_pool_replica(UserPoolId=place.pool, RegionName=AWAY, Status="INACTIVE")
    with browser(hosted) as visitor:
        assert visitor.get("/login", params=asked(hosted)).status_code == 400
        form = {"grant_type": "refresh_token", "client_id": hosted.client, "refresh_token": "x"}
        assert visitor.post("/oauth2/token", data=form).json() == {"error": "invalid_client"}


def test_a_prefix_domain_is_at_home_alone(place, there):
    place.idp.update_user_pool_client(UserPoolId=place.pool, ClientId=place.client, **HOSTED)
    place.idp.create_user_pool_domain(UserPoolId=place.pool, Domain="at-home")
    place.server.clock.advance(3)
    with browser(there) as visitor, httpx2.Client(base_url=place.server.url, timeout=60) as home:
        assert visitor.get("/login", params=asked(there)).status_code == 400
        assert home.get("/login", params=asked(there)).status_code == 200


def test_attack_clients_register_themselves_at_a_replica(place, hosted):
    place.idp.update_user_pool(UserPoolId=place.pool, DcrConfiguration={"OpenDcrEnabled": True})
    place.server.clock.advance(3)
    metadata = {"redirect_uris": [CALLBACK]}
    path = f"/oauth2/register/{place.pool}"
    with browser(hosted) as visitor:
        assert visitor.post(path, json=metadata).status_code == 404
    assert httpx2.post(place.server.url + path, json=metadata, timeout=60).status_code == 201


def test_a_replica_takes_over_no_users(place, there):
    """The trigger, which nobody answers here, is asked at home alone."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:migrate"
    for idp in (place.idp, there.idp):
        described = idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]
        names = idp.meta.service_model.operation_model("UpdateUserPool").input_shape.members
        request = {name: value for name, value in described.items() if name in names}
        request["AdminCreateUserConfig"].pop("UnusedAccountValidityDays", None)
        idp.update_user_pool(UserPoolId=place.pool, **request | {"LambdaConfig": {"UserMigration": arn}})
    place.server.clock.advance(3)
    at_home, away = refusal(place.plain, "nobody"), refusal(there.plain, "nobody")
    assert at_home[1] == f"Exception migrating user in app client {place.client}"
    assert away[1] != at_home[1]
