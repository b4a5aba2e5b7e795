"""`/oauth2/token`, in CPU, beside the signatures that its tokens need."""

import statistics

from bench import floors
from bench.load import drive_forms
from bench.population import PASSWORD, Populated, production
from bench.report import Row

_ROUNDS = 3
_SECONDS = 4
_LEAST = 0.80


def rows() -> list[Row]:
    """Tokens by a refresh token (two signatures) and by a client's own secret (one)."""
    with production(users=8) as made:
        ways = {"refresh_token": (_refreshes(made), 2), "client_credentials": (machine(made), 1)}
        seen: dict[str, list[tuple[float, float]]] = {}
        for _ in range(_ROUNDS):
            signature = floors.signature_us()
            for grant, (forms, signatures) in ways.items():
                run = drive_forms(made.server, "/oauth2/token", forms, callers=2, seconds=_SECONDS)
                if run.errors:
                    raise RuntimeError(f"{run.errors} requests were refused")
                seen.setdefault(grant, []).append((signatures * signature, run.cpu_us))
    return [_row(grant, pairs) for grant, pairs in seen.items()]


def _row(grant: str, pairs: list[tuple[float, float]]) -> Row:
    ratio = statistics.median(must / spent for must, spent in pairs)
    floor, spent = (statistics.median(each) for each in zip(*pairs, strict=True))
    target = f"≥ {_LEAST:.0%} of its signatures"
    return Row(f"/oauth2/token, {grant}, CPU", spent, floor, "µs", ratio, target, ratio >= _LEAST)


def _client(made: Populated, *flows: str, scope: str, **more: object) -> dict[str, str]:
    client: dict[str, str] = made.idp.create_user_pool_client(
        UserPoolId=made.pool_id,
        ClientName="oauth",
        AllowedOAuthFlows=list(flows),
        AllowedOAuthScopes=[scope],
        AllowedOAuthFlowsUserPoolClient=True,
        **more,
    )["UserPoolClient"]
    return client


def _refreshes(made: Populated) -> list[dict[str, str]]:
    made.idp.create_user_pool_domain(UserPoolId=made.pool_id, Domain="bench")
    client_id = _client(
        made,
        "code",
        scope="openid",
        CallbackURLs=["https://app.example.com"],
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )["ClientId"]
    forms = []
    for name in made.usernames:
        given = made.idp.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        token = given["RefreshToken"]
        forms.append({"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token})
    return forms


def machine(made: Populated) -> list[dict[str, str]]:
    """Return the form with which a client asks for a token of its own; the pool needs a domain."""
    scopes = [{"ScopeName": "read", "ScopeDescription": "read"}]
    made.idp.create_resource_server(UserPoolId=made.pool_id, Identifier="api", Name="API", Scopes=scopes)
    client = _client(made, "client_credentials", scope="api/read", GenerateSecret=True)
    return [
        {
            "grant_type": "client_credentials",
            "client_id": client["ClientId"],
            "client_secret": client["ClientSecret"],
            "scope": "api/read",
        }
    ]
