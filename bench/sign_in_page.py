"""The sign-in page of managed login: what it costs the server, and what the browser loads for it."""

import re
import statistics
import time
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from bench.population import Populated, development
from bench.report import Row

_TIMES = 300
_CALLBACK = "https://app.example.com/callback"


def rows() -> list[Row]:
    """Return the time of the page, its CPU, and its size with all that it loads."""
    with development(users=1) as made:
        address = _address(made)
        parts = urlsplit(made.server.url)
        connection = HTTPConnection(parts.hostname or "", parts.port)
        page, _ = _get(connection, address)
        assets = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.decode()))
        loaded = sum(len(_get(connection, path)[0]) for path in assets)
        for _ in range(20):
            _get(connection, address)
        before = made.server.cpu_seconds()
        seconds = [_get(connection, address)[1] for _ in range(_TIMES)]
        cpu = (made.server.cpu_seconds() - before) / _TIMES * 1000
        connection.close()
    took, size = statistics.median(seconds) * 1000, (len(page) + loaded) / 1000
    return [
        Row("sign-in page", took, 0, "ms", took / 10, "< 10 ms", took < 10),
        Row("sign-in page, CPU", cpu, 0, "ms", cpu / 10, "", None),
        Row("sign-in page with all that it loads", size, 0, "kB", size / 60, "< 60 kB", size < 60),
    ]


def _address(made: Populated) -> str:
    client = made.idp.create_user_pool_client(
        UserPoolId=made.pool_id,
        ClientName="web",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[_CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]
    made.idp.create_user_pool_domain(UserPoolId=made.pool_id, Domain="bench")
    return "/login?" + urlencode({"client_id": client, "redirect_uri": _CALLBACK, "response_type": "code"})


def _get(connection: HTTPConnection, path: str) -> tuple[bytes, float]:
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{path!r} answers {answer.status}")
    return body, took
