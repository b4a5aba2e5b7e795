"""A browser without a screen: follows links and forms of the pages over HTTP, and keeps cookies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client, TestResponse

from support.server import RunningServer
from support.sign_in import PASSWORD, Place, make_place

CALLBACK = "https://app.example.com/callback"
SIGNED_OUT = "https://app.example.com/bye"
HOSTED = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [CALLBACK, "myapp://callback", "http://localhost:3000/cb?fixed=1"],
    "LogoutURLs": [SIGNED_OUT],
    "SupportedIdentityProviders": ["COGNITO"],
    "PreventUserExistenceErrors": "ENABLED",
}


def hosted_place(
    server: RunningServer, *, client: Mapping[str, Any] | None = None, managed: bool = False, **pool: Any
) -> Place:
    """Create a pool with pages, and a client that sends browsers there.

    Args:
        server: where.
        client: members of the client, beside those that it needs.
        managed: whether the pages are those of managed login, with a style for the client.
        pool: members of the pool.
    """
    place = make_place(server, client={**HOSTED, **(client or {})}, **pool)
    prefix = place.pool.partition("_")[2].lower()
    version = 2 if managed else 1
    place.idp.create_user_pool_domain(
        UserPoolId=place.pool, Domain=f"at-{prefix}", ManagedLoginVersion=version
    )
    if managed:
        style(place)
    return place


def style(place: Place) -> None:
    """Give the client of a place the style that managed login needs."""
    place.idp.create_managed_login_branding(
        UserPoolId=place.pool, ClientId=place.client, UseCognitoProvidedValues=True
    )


@dataclass
class Form:
    """A form of a page: where it goes and what it holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(values["action"]))
        elif tag == "input" and self.found and values.get("name"):
            if values.get("type") not in ("radio", "checkbox") or "checked" in values:
                self.found[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "button" and self.found and values.get("name"):
            self.found[-1].buttons.append((values["name"], values.get("value", "")))


def forms(response: TestResponse) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(response.text)
    return parser.found


class Visitor:
    """A browser that visits the pages of a place."""

    def __init__(self, place: Place, **query: str | None) -> None:
        self.place = place
        asked = {
            "client_id": place.client,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s t/1",
            **query,
        }
        self.query = {name: value for name, value in asked.items() if value is not None}
        self.client = Client(place.server.application.wsgi)

    def address(self, path: str, **changes: str | None) -> str:
        """Return a path with the query; None takes a parameter away."""
        pairs = {**self.query, **changes}
        return f"{path}?{urlencode({name: value for name, value in pairs.items() if value is not None})}"

    def get(self, path: str, **changes: str | None) -> TestResponse:
        """Return what is at a path."""
        return self.client.get(self.address(path, **changes))

    def post(self, path: str, form: Mapping[str, str], **options: Any) -> TestResponse:
        """Post a form as it is."""
        address = path if "?" in path else self.address(path)
        return self.client.post(address, data=dict(form), **options)

    def submit(self, page: TestResponse, *, number: int = 0, **values: str) -> TestResponse:
        """Fill in a form of a page and send it."""
        form = forms(page)[number]
        return self.client.post(form.action, data={**form.fields, **values})

    def sign_in(self, username: str = "jane", password: str = PASSWORD) -> TestResponse:
        """Sign in at the page."""
        return self.submit(self.get("/login"), username=username, password=password)

    def cookie(self, name: str = "cognito") -> str | None:
        """Return the value of a cookie."""
        found = self.client.get_cookie(name)
        return found.value if found else None


def answer_of(response: TestResponse) -> dict[str, str]:
    """Return the parameters that went back to the application."""
    assert response.status_code == 302, response.text
    parts = urlsplit(response.location)
    return {name: values[0] for name, values in parse_qs(parts.fragment or parts.query).items()}
