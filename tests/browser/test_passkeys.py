"""The browser code of the how-to, in Chromium with a virtual authenticator, against a running server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

from support.chromium import add_authenticator, chromium, site
from support.passkeys import Holder, configure, passkey_place
from support.server import RunningServer
from support.sign_in import Place

_HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "passkeys.md"
_PAGE = """<!doctype html><title>Passkeys</title><script type="module">
import * as passkeys from "/passkeys.js"; Object.assign(window, passkeys); window.ready = true;
</script>"""


def the_code(place: Place) -> str:
    """Return the code of the how-to, for this server and client."""
    (block,) = re.findall(r"```js\n(.*?)```", _HOW_TO.read_text(), re.DOTALL)
    here = block.replace("http://localhost:9229", place.server.url)
    return str(here.replace("your app client's id", place.client))


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = passkey_place(server, rp_id="localhost")
    made.person()
    return made


@pytest.fixture
def page(place: Place, tmp_path: Path) -> Iterator[Page]:
    """A tab that shows a page with the how-to's code."""
    files = {"/": ("text/html", _PAGE), "/passkeys.js": ("text/javascript", the_code(place))}
    with site(files) as address, chromium(tmp_path / "profile") as tab:
        tab.goto(address)
        tab.wait_for_function("window.ready")
        yield tab


def test_a_passkey_from_registration_to_tokens(place: Place, page: Page) -> None:
    jane = Holder(place)
    assert page.evaluate("signInWithPasskey('jane')") is None
    session, device = add_authenticator(page)
    page.evaluate("token => registerPasskey(token)", jane.token)
    (listed,) = jane.listed()
    assert listed["RelyingPartyId"] == "localhost"
    assert listed["AuthenticatorAttachment"] == "platform"
    assert listed["AuthenticatorTransports"] == ["internal"]
    (held,) = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert held["rpId"] == "localhost"
    assert held["userName"] == "jane"
    for _ in range(2):
        tokens = page.evaluate("signInWithPasskey('jane')")
        assert place.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "jane"


def test_the_browser_makes_no_second_passkey_on_one_device(place: Place, page: Page) -> None:
    jane = Holder(place)
    add_authenticator(page)
    page.evaluate("token => registerPasskey(token)", jane.token)
    with pytest.raises(Error, match="InvalidStateError"):
        page.evaluate("token => registerPasskey(token)", jane.token)


def test_a_copied_authenticator_is_noticed(place: Place, page: Page) -> None:
    """The copy counts from where the original stood when it was copied."""
    jane = Holder(place)
    session, device = add_authenticator(page)
    page.evaluate("token => registerPasskey(token)", jane.token)
    (copy,) = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    for _ in range(2):
        assert page.evaluate("signInWithPasskey('jane')")["IdToken"]
    session.send(
        "WebAuthn.removeCredential", {"authenticatorId": device, "credentialId": copy["credentialId"]}
    )
    session.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": copy})
    with pytest.raises(Error, match="NotAuthorizedException"):
        page.evaluate("signInWithPasskey('jane')")


def test_an_owner_who_is_not_verified(place: Place, page: Page) -> None:
    configure(place, RelyingPartyId="localhost", UserVerification="required")
    jane = Holder(place)
    session, device = add_authenticator(page)
    page.evaluate("token => registerPasskey(token)", jane.token)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    with pytest.raises(Error, match="NotAllowedError"):
        page.evaluate("signInWithPasskey('jane')")
    # The browser lets it pass where it is told that the owner need not be verified; the server does not.
    page.evaluate(
        "get => { const real = navigator.credentials.get.bind(navigator.credentials);"
        " navigator.credentials.get = options =>"
        " real({ publicKey: { ...options.publicKey, userVerification: 'discouraged' } }) }"
    )
    with pytest.raises(Error, match="NotAuthorizedException"):
        page.evaluate("signInWithPasskey('jane')")


def test_a_relying_party_that_is_not_the_page_s(place: Place, page: Page) -> None:
    configure(place, RelyingPartyId="example.com")
    add_authenticator(page)
    with pytest.raises(Error, match="SecurityError"):
        page.evaluate("token => registerPasskey(token)", Holder(place).token)
