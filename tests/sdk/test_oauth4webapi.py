"""oauth4webapi in Node, with nothing but the discovery document: code and PKCE at the pages, refresh, revoke."""

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
        "machine": {"id": machine["ClientId"], "secret": machine["ClientSecret"]},
    }
    steps = run_script("oauth.mjs", settings, tmp_path, visit)
    assert steps["discovery"] is True
    for way in ("none", "basic", "post"):
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
