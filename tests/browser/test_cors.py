"""amazon-cognito-identity-js, the AWS SDK and `fetch` in a page of another origin, bundled as applications are."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.chromium import chromium, site
from support.scripted import ScriptedClock
from support.sign_in import ALL_FLOWS, PASSWORD
from support.visitor import Visitor, answer_of, hosted_place

_SCRIPTS = Path(__file__).parents[1] / "sdk" / "js"
_PAGE = '<!doctype html><title>Application</title><script src="/bundle.js"></script>'


@pytest.fixture
def clock() -> ScriptedClock:
    """SRP's clients bring the machine's own time with them."""
    return ScriptedClock(round(time.time(), 3))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = tmp_path_factory.mktemp("bundle") / "bundle.js"
    node = Path(sys.executable).with_name("node")
    subprocess.run([node, "bundle.mjs", str(made)], cwd=_SCRIPTS, check=True)
    return made.read_text()


def test_clients_in_a_page(server, bundle: str, tmp_path: Path) -> None:
    files = {"/": ("text/html", _PAGE), "/bundle.js": ("text/javascript", bundle)}
    with site(files) as app, chromium(tmp_path / "profile") as page:
        place = hosted_place(
            server, client={"CallbackURLs": [f"{app}/callback"], "ExplicitAuthFlows": ALL_FLOWS}
        )
        place.person("jane", email="jane@example.com")
        page.goto(app)
        known = {"endpoint": server.url, "poolId": place.pool, "clientId": place.client}
        attributes = page.evaluate(
            "([known, password]) => withIdentityJs(known, 'jane', password)", [known, PASSWORD]
        )
        assert attributes["email"] == "jane@example.com"
        assert (
            page.evaluate("([known, password]) => withSdk(known, 'jane', password)", [known, PASSWORD])
            == "jane"
        )
        refused = page.evaluate("known => failsWithSdk(known)", known)
        assert refused == {
            "name": "NotAuthorizedException",
            "message": "Incorrect username or password.",
        }
        visitor = Visitor(place, redirect_uri=f"{app}/callback")
        code = answer_of(visitor.sign_in())["code"]
        redeemed = page.evaluate(
            "([known, code, uri]) => tokenEndpoint(known, code, uri)", [known, code, f"{app}/callback"]
        )
        assert redeemed["username"] == "jane"
        assert {"access_token", "id_token", "refresh_token"} <= set(redeemed["tokens"])
        for path in ("/login", "/oauth2/authorize", "/signup"):
            assert page.evaluate("readsAPage", server.url + visitor.address(path)) == "TypeError"
