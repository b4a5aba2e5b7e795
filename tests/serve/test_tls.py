"""A server that speaks TLS itself: the API, discovery, and pages whose cookies are bound to the host."""

import ssl
from pathlib import Path

import boto3
import httpx2
import pytest

from support.certificates import make
from support.process import serving

CALLBACK = "https://app.example.com/in"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return make(tmp_path).ca


def test_pages_and_operations_over_tls(tmp_path: Path, authority: Path) -> None:
    pair = str(tmp_path / "server.pem")
    config = tmp_path / "poolhouse.toml"
    config.write_text(f'[server]\ntls_certificate = "{pair}"\ntls_key = "{pair}"\n')
    place = ("--dev", "--config", str(config), "--data", str(tmp_path / "data"))
    trusted = ssl.create_default_context(cafile=str(authority))
    with (
        serving(tmp_path / "log", *place) as server,
        httpx2.Client(verify=trusted, base_url=server.url) as browser,
    ):
        assert server.url.startswith("https://")
        idp = boto3.client(
            "cognito-idp",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            verify=str(authority),
        )
        pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
        idp.create_user_pool_domain(UserPoolId=pool, Domain="acme")
        client = idp.create_user_pool_client(
            UserPoolId=pool,
            ClientName="c",
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid"],
            AllowedOAuthFlowsUserPoolClient=True,
            CallbackURLs=[CALLBACK],
        )["UserPoolClient"]["ClientId"]
        idp.admin_create_user(UserPoolId=pool, Username="sue", MessageAction="SUPPRESS")
        idp.admin_set_user_password(
            UserPoolId=pool, Username="sue", Password="Correct-horse-7", Permanent=True
        )
        found = browser.get(f"/{pool}/.well-known/openid-configuration").json()
        assert found["issuer"] == f"https://localhost:{server.port}/{pool}"
        query = {"client_id": client, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
        shown = browser.get("/login", params=query)
        assert shown.headers["strict-transport-security"].startswith("max-age=")
        form = {"_csrf": browser.cookies["XSRF-TOKEN"], "username": "sue", "password": "Correct-horse-7"}
        answer = browser.post("/login", params=query, data=form)
        assert answer.headers["location"].startswith(f"{CALLBACK}?code=")
        cookies = [c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-cognito=")]
        assert len(cookies) == 1
        for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert attribute in cookies[0]
        assert "Domain" not in cookies[0]
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{server.port}/healthz", timeout=5)
