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
