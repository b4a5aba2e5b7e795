"""oauth4webapi in Node, with nothing but the discovery document.

It registers itself, goes through code and PKCE at the pages, refreshes and revokes.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from support import oauth
from support.node import run_script, settings_of
from support.oauth import MACHINE, PASSWORD, URI
from support.server import RunningServer
from support.visitor import forms


def test_a_client_of_standards(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    site = oauth.site(server, idp)
    idp.update_user_pool(UserPoolId=site.pool_id, DcrConfiguration={"OpenDcrEnabled": True})
    registrar = site.client(**MACHINE | {"AllowedOAuthScopes": ["aws.cognito/dcr/register"]})
    initial = site.token({"grant_type": "client_credentials"}, headers=oauth.basic(registrar)).json()
    clients = [
        {"authentication": way, "id": made["ClientId"], "secret": made.get("ClientSecret", "")}
        for way in ("none", "basic", "post")
        for made in [site.client(GenerateSecret=way != "none")]
    ]
    machine = site.client(**MACHINE)

    def visit(asked: dict[str, str]) -> str:
        """Be the browser, and the person in front of it."""
        url = urlsplit(asked["visit"])
        browser = Client(server.application.wsgi)
        page = browser.get(f"{url.path}?{url.query}", follow_redirects=True)
        form = forms(page)[0]
        answer = browser.post(form.action, data={**form.fields, "username": "jane", "password": PASSWORD})
        assert answer.location.startswith(URI), answer.text
        return str(answer.location)

    settings: dict[str, Any] = settings_of(
        server, site.pool_id, "", issuer=server.services.settings.issuer(site.pool_id)
    )
    settings |= {
        "clients": clients,
        "registrations": [
            {"authentication": "none", "method": "none"},
            {"authentication": "basic", "method": "client_secret_basic", "token": initial["access_token"]},
            {"authentication": "post", "method": "client_secret_post"},
        ],
        "machine": {"id": machine["ClientId"], "secret": machine["ClientSecret"]},
    }
    steps = run_script("oauth.mjs", settings, tmp_path, visit)
    assert steps["discovery"] is True
    assert steps["a redirect URI that is refused"] == "invalid_redirect_uri"
    ways = ("none", "basic", "post")
    for way in (*ways, *(f"registered, {way}" for way in ways)):
        assert steps[way] == {
            "email": "jane@example.com",
            "info": {
                "sub": site.sub,
                "username": "jane",
                "email": "jane@example.com",
                "email_verified": "true",
            },
            "refreshed": True,
            "revoked": "invalid_grant",
            "after": "invalid_token",
        }
    assert steps["client_credentials by header"] == ["bearer", 3600]
    assert steps["client_credentials by body"] == ["bearer", 3600]
    assert steps["a wrong secret"] == "invalid_client"
