"""`serve --dev` takes any signature: what keeps the web pages on a developer's machine from administering it."""

import http.client
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolhouse.access.neighbours import is_loopback
from poolhouse.settings import Settings
from poolhouse.store import open_store
from security.conftest import Production
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server

ADMIN = ("ListUserPools", {"MaxResults": 10})
PUBLIC = ("ForgotPassword", {"ClientId": "nobody0000000000", "Username": "jane"})
PAGES = ["http://localhost:3000", "https://localhost", "http://127.0.0.1:8080", "http://[::1]:5173"]
FOREIGN = [
    "https://evil.example",
    "null",
    "file://",
    "",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://evil.example/localhost",
    "http://localhost@evil.example",
    "http://[::1",
]


def call(server: RunningServer, operation: tuple[str, dict[str, Any]], **headers: str) -> tuple[int, str]:
    body = json.dumps(operation[1])
    usual = {
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation[0]}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", "/", body, usual | headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()).get("__type", "")
    finally:
        connection.close()


@pytest.mark.parametrize("origin", FOREIGN)
def test_attack_a_web_page_administers(server: RunningServer, origin: str) -> None:
    assert call(server, ADMIN, Origin=origin) == (400, "AccessDeniedException")


@pytest.mark.parametrize("origin", PAGES)
def test_a_page_that_is_developed_here_administers(server: RunningServer, origin: str) -> None:
    assert call(server, ADMIN, Origin=origin) == (200, "")


def test_programs_send_no_origin(server: RunningServer) -> None:
    assert call(server, ADMIN) == (200, "")


@pytest.mark.parametrize("origin", [*PAGES, *FOREIGN])
def test_any_page_may_do_what_the_service_lets_it(server: RunningServer, origin: str) -> None:
    assert call(server, PUBLIC, Origin=origin) == (400, "ResourceNotFoundException")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9229", "localhost.evil.example", "10.0.0.1", "["]
)
@pytest.mark.parametrize("operation", [ADMIN, PUBLIC])
def test_attack_dns_rebinding(server: RunningServer, host: str, operation: Any) -> None:
    assert call(server, operation, Host=host) == (403, "AccessDeniedException")
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/_poolhouse/outbox.json", headers={"Host": host})
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9229", "127.0.0.1:1", "[::1]:9229", "auth.localhost"]
)
def test_names_of_this_machine(server: RunningServer, host: str) -> None:
    assert call(server, ADMIN, Host=host) == (200, "")


def test_what_the_settings_add(store_url: str, clock: ScriptedClock, tmp_path: Path) -> None:
    def change(settings: Settings) -> Settings:
        ours = msgspec.structs.replace(
            settings.server, public_url="https://id.example.com", dev_origins=("https://tools.example.com",)
        )
        return msgspec.structs.replace(settings, server=ours)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        assert call(server, ADMIN, Host="id.example.com") == (200, "")
        assert call(server, ADMIN, Origin="https://id.example.com") == (200, "")
        assert call(server, ADMIN, Origin="https://tools.example.com") == (200, "")
        assert call(server, ADMIN, Origin="http://tools.example.com") == (400, "AccessDeniedException")
        assert call(server, ADMIN, Host="tools.example.com") == (403, "AccessDeniedException")


def test_production_goes_by_signatures_alone(production: Production) -> None:
    refused = call(production.server, ADMIN, Host="id.example.com", Origin="https://evil.example")
    assert refused == (400, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("name", ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.", "0.0.0.0", "::", "notlocalhost", "128.0.0.1"])
def test_not_loopback(name: str) -> None:
    assert not is_loopback(name)
