"""Every page that a person may meet, reached by the way that leads there."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any

from playwright.sync_api import Page, Route
from werkzeug.test import TestResponse

from poolhouse.flows import feedback
from support.passkeys import FACTORS, RP_ID, configure
from support.security_key import Authenticator
from support.server import RunningServer
from support.services import call
from support.sign_in import Place
from support.visitor import Visitor, hosted_place

_SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"}
_MAIL = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/id@example.com",
}
_NAME = {"Name": "given_name", "AttributeDataType": "String", "Required": True, "Mutable": True}
_BARS = {
    "categories": {
        "global": {
            "colorSchemeMode": "DYNAMIC",
            "pageHeader": {"enabled": True},
            "pageFooter": {"enabled": True},
        }
    },
    "components": {"form": {"logo": {"enabled": True}}, "pageHeader": {"logo": {"enabled": True}}},
}
_GREEN = {"backgroundColor": "14532dff", "textColor": "ffffffff"}
BRAND = {
    "categories": {"form": {"location": {"horizontal": "END"}}},
    "componentClasses": {
        "buttons": {"borderRadius": 24},
        "input": {"borderRadius": 14},
        "link": {"lightMode": {"defaults": {"textColor": "166534ff"}, "hover": {"textColor": "14532dff"}}},
        "focusState": {"lightMode": {"borderColor": "166534ff"}},
    },
    "components": {
        "form": {"borderRadius": 20, "logo": {"enabled": True, "location": "START"}},
        "primaryButton": {
            "lightMode": {"defaults": _GREEN, "hover": _GREEN | {"backgroundColor": "166534ff"}}
        },
        "pageBackground": {"lightMode": {"color": "f0f5ecff"}},
        "pageText": {"lightMode": {"headingColor": "14331fff"}},
    },
}
"""What a garden centre might choose."""
PICTURES = {
    "FORM_LOGO": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 236 48"><path d="M22 44V22" stroke="#166534" '
        'stroke-width="3" fill="none"/><path d="M22 26C8 26 4 16 4 8c12 0 18 6 18 18z" fill="#4d7c0f"/>'
        '<path d="M22 20c0-10 6-16 18-16 0 10-6 16-18 16z" fill="#65a30d"/><text x="52" y="33" '
        'font-family="system-ui, sans-serif" font-size="24" font-weight="700" fill="#14331f">Greenhouse'
        "</text></svg>"
    ),
    "PAGE_BACKGROUND": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 680" preserveAspectRatio="xMidYMid slice">'
        '<rect width="900" height="680" fill="#eaf3e3"/><circle cx="130" cy="560" r="300" fill="#cfe3bd"/>'
        '<circle cx="360" cy="690" r="240" fill="#a9cd90"/><circle cx="60" cy="700" r="190" fill="#7fb069"/>'
        '<circle cx="170" cy="150" r="62" fill="#fbd45c"/></svg>'
    ),
}
PASSWORD = "Correct-Horse-9"


def gallery(server: RunningServer, lang: str) -> dict[str, str]:
    """Return the HTML of each page by a name for it."""
    return {name: page.text for name, page in _pages(server, lang)}


def _pages(server: RunningServer, lang: str) -> Iterator[tuple[str, TestResponse]]:
    yield from _by_password(hosted_place(server, AutoVerifiedAttributes=["email"], Schema=[_NAME]), lang)
    yield from _second_factors(_protected(server), lang)
    yield from _by_choice(_choosing(server), lang)
    yield "branded", Visitor(_branded(server), lang=lang).get("/login")


def _by_password(place: Place, lang: str) -> Iterator[tuple[str, TestResponse]]:
    for name in ("terms-of-use", "privacy-policy"):
        place.idp.create_terms(
            UserPoolId=place.pool,
            ClientId=place.client,
            TermsName=name,
            TermsSource="LINK",
            Enforcement="NONE",
            Links={"cognito:default": f"https://example.com/{name}"},
        )
    place.person("jane", PASSWORD, email="jane@example.com", email_verified="true", given_name="Jane")
    place.invite("mary", PASSWORD, email="mary@example.com", given_name="Mary")
    visitor = Visitor(place, lang=lang)
    yield "sign-in", visitor.get("/login")
    yield "sign-in, wrong", visitor.sign_in("jane", "wrong")
    form = visitor.get("/signup")
    yield "sign-up", form
    filled = {"username": "bob", "attribute.email": "bob@example.com", "attribute.given_name": "Bob"}
    yield "sign-up, refused", visitor.submit(form, **filled, password="short")
    yield "confirm", visitor.submit(form, **filled, password=PASSWORD)
    yield "confirm, name", visitor.get("/confirm")
    yield "forgot", visitor.get("/forgotPassword")
    yield "reset", visitor.submit(visitor.get("/forgotPassword"), username="jane")
    yield "new password", visitor.sign_in("mary", PASSWORD)
    yield "error", visitor.get("/error", error="redirect_mismatch")
    yield "link", visitor.client.get(f"/confirmUser?client_id={place.client}&lang={lang}")
    yield "feedback", visitor.client.get(f"/authEventFeedback?feedback_token={_token(place)}&lang={lang}")
    outbox = visitor.client.get("/_poolhouse/outbox")
    yield "outbox", outbox
    visitor.sign_in("jane", PASSWORD)
    yield "sign-in, again", visitor.get("/login", prompt="select_account")


def _token(place: Place) -> str:
    """Return a feedback token of jane's, as a notification brings it."""
    server = place.server
    found = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")["UserAttributes"]
    sub = next(each["Value"] for each in found if each["Name"] == "sub")
    user = server.store.read(lambda tx: tx.users.get(place.pool, sub))
    return feedback.token(call(server.services), user, "e1", server.clock.now())


def _protected(server: RunningServer) -> Place:
    place = hosted_place(
        server,
        EmailConfiguration=_MAIL,
        SmsConfiguration=_SMS,
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
    )
    place.idp.set_user_pool_mfa_config(
        UserPoolId=place.pool,
        EmailMfaConfiguration={"Message": "Your code is {####}"},
        SmsMfaConfiguration={"SmsConfiguration": _SMS},
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="ON",
    )
    place.person("jane", PASSWORD)
    place.person("eve", PASSWORD, email="eve@example.com", phone_number="+15550100999")
    return place


def _second_factors(place: Place, lang: str) -> Iterator[tuple[str, TestResponse]]:
    visitor = Visitor(place, lang=lang)
    choice = visitor.sign_in("jane", PASSWORD)
    yield "set up", choice
    yield "set up, app", visitor.submit(choice, factor="SOFTWARE_TOKEN_MFA")
    yield "set up, mail", visitor.submit(choice, factor="EMAIL_OTP")
    yield "set up, text", visitor.submit(choice, factor="SMS_MFA")
    visitor = Visitor(place, lang=lang)
    choice = visitor.sign_in("eve", PASSWORD)
    yield "factors", choice
    yield "code", visitor.submit(choice, factor="SMS_MFA")


def _choosing(server: RunningServer) -> Place:
    place = hosted_place(server, Policies=FACTORS, AutoVerifiedAttributes=["email"], EmailConfiguration=_MAIL)
    _manage(place, _BARS)
    configure(place, RelyingPartyId=RP_ID)
    place.person("jane", PASSWORD, email="jane@example.com", email_verified="true")
    return place


def _branded(server: RunningServer) -> Place:
    """Return a place whose owner has changed what can be changed."""
    place = hosted_place(server)
    _manage(place, BRAND, *(_asset(category, picture) for category, picture in PICTURES.items()))
    return place


def _manage(place: Place, settings: Mapping[str, Any], *assets: Mapping[str, Any]) -> None:
    domain = place.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]["Domain"]
    place.idp.update_user_pool_domain(UserPoolId=place.pool, Domain=domain, ManagedLoginVersion=2)
    place.idp.create_managed_login_branding(
        UserPoolId=place.pool, ClientId=place.client, Settings=settings, Assets=assets
    )


def _asset(category: str, picture: str) -> dict[str, Any]:
    return {"Category": category, "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": picture.encode()}


def _by_choice(place: Place, lang: str) -> Iterator[tuple[str, TestResponse]]:
    visitor = Visitor(place, lang=lang)
    first = visitor.get("/login")
    yield "sign-in, name first", first
    choice = visitor.submit(first, username="jane")
    yield "choose", choice
    yield "password", visitor.submit(choice, factor="PASSWORD")
    yield "code by mail", visitor.submit(choice, factor="EMAIL_OTP")
    visitor = Visitor(place, lang=lang)
    choice = visitor.submit(visitor.get("/login"), username="jane")
    visitor.submit(visitor.submit(choice, factor="PASSWORD"), password=PASSWORD)
    adding = visitor.get("/passkeys/add")
    yield "passkey, add", adding
    (asked,) = re.findall(r'data-options="([^"]+)"', adding.text)
    visitor.submit(adding, credential=json.dumps(Authenticator().create(json.loads(unescape(asked)))))
    visitor = Visitor(place, lang=lang)
    choice = visitor.submit(visitor.get("/login"), username="jane")
    yield "passkey", visitor.submit(choice, factor="WEB_AUTHN")


@contextmanager
def hung(tab: Page, server: RunningServer, pages: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
    """Show pages in a tab at the server's address, so that they load what they name from there.

    Yields:
        What shows the page of a name.
    """
    shown = {f"/gallery/{number}": name for number, name in enumerate(pages)}
    paths = {name: path for path, name in shown.items()}

    def answer(route: Route) -> None:
        name = shown[route.request.url.removeprefix(server.url)]
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=pages[name])

    def show(name: str) -> None:
        tab.goto(server.url + paths[name])

    tab.route(f"{server.url}/gallery/*", answer)
    try:
        yield show
    finally:
        tab.unroute(f"{server.url}/gallery/*")
