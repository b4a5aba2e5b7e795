"""A pool with a domain, its clients and a user, and requests to its OAuth endpoints."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from poolhouse.access.caller import Anonymous
from poolhouse.domain.authorization import Authorization
from poolhouse.flows import authorization
from poolhouse.flows.call import Call
from poolhouse.keys.signing import parse
from support.server import RunningServer

URI = "https://app.example.com/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PASSWORD = "Correct-Horse-9"
FORM = "application/x-www-form-urlencoded"
WEB = {
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": [
        "openid",
        "email",
        "phone",
        "profile",
        "aws.cognito.signin.user.admin",
        "api/read",
    ],
    "CallbackURLs": [URI],
    "SupportedIdentityProviders": ["COGNITO"],
}
MACHINE = {
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["api/read", "api/write"],
    "GenerateSecret": True,
}


@dataclass
class Site:
    """A pool of a running server, seen by clients of standards."""

    server: RunningServer
    idp: Any
    pool_id: str
    sub: str

    def client(self, **config: Any) -> dict[str, Any]:
        """Create an app client; a web client unless told otherwise."""
        request = {"UserPoolId": self.pool_id, "ClientName": "c", **WEB, **config}
        made: dict[str, Any] = self.idp.create_user_pool_client(**request)["UserPoolClient"]
        return made

    def code(self, client: dict[str, Any], **changes: Any) -> str:
        """Return a code as the pages make one."""
        services = self.server.services
        call = Call(Anonymous(), services, "127.0.0.1", "", "test")
        values = {
            "pool_id": self.pool_id,
            "client_id": client["ClientId"],
            "sub": self.sub,
            "scopes": ("openid", "email"),
            "redirect_uri": URI,
            "auth_time": services.clock.now(),
            "code_challenge": CHALLENGE,
            "nonce": "n-1",
        }
        return authorization.issue_code(call, Authorization(**(values | changes)))

    def post(self, path: str, form: Any = None, **options: Any) -> httpx2.Response:
        """Post a form: a mapping, pairs, or the very bytes."""
        content = form if isinstance(form, bytes) else urlencode(form or {}).encode()
        headers = {"Content-Type": FORM} | options.pop("headers", {})
        return httpx2.post(self.server.url + path, content=content, headers=headers, timeout=60, **options)

    def token(self, form: Any = None, **options: Any) -> httpx2.Response:
        """Post to the token endpoint."""
        return self.post("/oauth2/token", form, **options)

    def redemption(self, client: dict[str, Any], **changes: Any) -> dict[str, str]:
        """Return the form that redeems a new code; a parameter that is None is left out."""
        values = {
            "grant_type": "authorization_code",
            "client_id": client["ClientId"],
            "redirect_uri": URI,
            "code_verifier": VERIFIER,
        } | changes
        if "code" not in values:
            values["code"] = self.code(client)
        return {name: value for name, value in values.items() if value is not None}

    def sign_in(self, client: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Return the tokens of a new code."""
        form = self.redemption(client, code=self.code(client, **changes))
        answer = self.token(form, headers=basic(client) if "ClientSecret" in client else {})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def site(server: RunningServer, idp: Any) -> Site:
    """Make the pool."""
    pool_id = idp.create_user_pool(PoolName="P")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool_id, Domain="my-app")
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    idp.create_resource_server(UserPoolId=pool_id, Identifier="api", Name="API", Scopes=scopes)
    attributes = {"email": "jane@example.com", "email_verified": "true", "name": "Jane"}
    user = idp.admin_create_user(
        UserPoolId=pool_id,
        Username="jane",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )["User"]
    idp.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=PASSWORD, Permanent=True)
    sub = next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
    return Site(server, idp, pool_id, sub)


def basic(client: dict[str, Any], secret: str | None = None) -> dict[str, str]:
    """Return the header of client_secret_basic."""
    credentials = f"{client['ClientId']}:{client['ClientSecret'] if secret is None else secret}"
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def claims(token: str) -> dict[str, Any]:
    """Return what a token says."""
    parsed = parse(token)
    assert parsed is not None
    return dict(parsed.claims)


def error(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and `error` of an answer that refuses."""
    return answer.status_code, answer.json()["error"]
