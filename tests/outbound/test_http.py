import pytest

from poolhouse.outbound import http
from support.recorder import Recorder, json


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "2130706433",
        "0x7f.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(host):
    with http.client(1, public_only=True) as client, pytest.raises(http.AddressRefused):
        http.post(client, f"http://{host}:9/", content=b"", headers={})


def test_a_host_that_does_not_resolve_is_a_connection_error():
    import httpx2

    with http.client(1, public_only=True) as client, pytest.raises(httpx2.ConnectError):
        http.post(client, "http://nowhere.invalid/", content=b"", headers={})


def test_others_are_called():
    with Recorder(json(b"{}")) as server, http.client(5) as client:
        assert http.post(client, server.url, content=b"x", headers={"a": "b"}) == (200, b"{}")
    assert server.requests[0].headers["a"] == "b"


def test_the_address_that_was_checked_is_the_one_called(monkeypatch):
    """A name that resolves to something else on the second look gains nothing; Host keeps the name."""
    monkeypatch.setattr(http, "_is_public", lambda address: address == "127.0.0.1")
    looks = []

    def resolve(host, port, *_, **__):
        looks.append(host)
        answer = "127.0.0.1" if len(looks) == 1 or host == "127.0.0.1" else "10.0.0.1"
        return [(2, 1, 6, "", (answer, port))]

    monkeypatch.setattr(http.socket, "getaddrinfo", resolve)
    with Recorder(json(b"{}")) as server, http.client(5, public_only=True) as client:
        url = server.url.replace("127.0.0.1", "hooks.example.com")
        assert http.post(client, url, content=b"", headers={}) == (200, b"{}")
    assert server.requests[0].headers["host"].startswith("hooks.example.com:")
    assert looks.count("hooks.example.com") == 1


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(http.socket, "getaddrinfo", lambda *_, **__: found)
    with http.client(1, public_only=True) as client, pytest.raises(http.AddressRefused):
        http.post(client, "http://hooks.example.com/", content=b"", headers={})
