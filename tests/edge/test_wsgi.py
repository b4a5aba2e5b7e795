"""HTTP's own matters: routes, bodies, CORS, health."""

import json
import socket
import uuid

import pytest

from poolhouse.edge.wsgi import RequestIds, header_text
from poolhouse.settings import Server
from poolhouse.world import SystemEntropy

from .conftest import JSON_TYPE, POOL, TOKEN, returning

TARGET = {"X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser", "Content-Type": JSON_TYPE}


def raw(site, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def head(*lines: str) -> bytes:
    fixed = ["POST / HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in TARGET.items())]
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


# --- bodies --------------------------------------------------------------------------------------------------


def test_a_body_at_the_limit_is_read(site, user):
    site.does = returning(user)
    body = json.dumps({"AccessToken": TOKEN}).encode().ljust(4096)
    assert site.call("GetUser", body).status == 200


def test_a_body_over_the_limit_is_refused(site):
    reply = site.call("GetUser", b" " * 4097)
    assert reply.status == 413
    assert reply.json == {
        "__type": "SerializationException",
        "message": "Request body is larger than 4096 bytes.",
    }
    assert reply.headers["x-amzn-ErrorType"] == "SerializationException:"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_chunked_body_is_read_up_to_the_limit(site, user):
    site.does = returning(user)
    body = json.dumps({"AccessToken": TOKEN}).encode()
    chunk = f"{len(body):x}".encode() + b"\r\n" + body + b"\r\n"
    assert b" 200 OK" in raw(site, head("Transfer-Encoding: chunked") + chunk + b"0\r\n\r\n")
    blanks = b"400\r\n" + b" " * 1024 + b"\r\n"
    assert b" 413 " in raw(site, head("Transfer-Encoding: chunked") + blanks * 5 + b"0\r\n\r\n")


def test_a_body_shorter_than_announced_is_no_json(site):
    assert b"SerializationException" in raw(site, head("Content-Length: 500") + b'{"AccessToken":')


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999999"])
def test_a_nonsensical_length_is_no_crash(site, length):
    answer = raw(site, head(f"Content-Length: {length}"))
    assert b" 400 " in answer.partition(b"\r\n")[0]


def test_without_a_body_the_request_is_empty(site):
    assert b"'accessToken'" in raw(site, head())


# --- CORS ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", f"/{POOL}/.well-known/jwks.json", "/elsewhere"])
def test_preflight_echoes_what_is_asked_for(site, path):
    asked = "authorization,cache-control,content-type,x-amz-target,x-amz-user-agent"
    reply = site.send(
        "OPTIONS",
        path,
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert reply.headers["Access-Control-Allow-Headers"] == asked
    assert reply.headers["Access-Control-Max-Age"] == "172800"
    assert reply.body == b""


# --- routes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_discovery(site, document):
    reply = site.send("GET", f"/{POOL}/.well-known/{document}")
    assert (reply.status, reply.json) == (200, {"document": document})
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert site.send("GET", f"/us-east-1_nobody/.well-known/{document}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/favicon.ico", 404),
        ("POST", "/elsewhere", 404),
        ("GET", "/confirmUsers", 404),
        ("GET", f"/{POOL}/.well-known/other", 404),
        ("GET", f"/x/{POOL}/.well-known/jwks.json", 404),
        ("GET", f"/{POOL}%0a/.well-known/jwks.json", 404),
        ("POST", "/healthz", 405),
        ("PUT", "/", 404),
        ("TRACE", "/", 404),
    ],
)
def test_other_paths(site, method, path, status):
    reply = site.send(method, path)
    assert reply.status == status
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amzn-RequestId" in reply.headers


@pytest.mark.parametrize("path", ["/confirmUser", "/confirmUser/x"])
def test_mounted_applications(site, path):
    reply = site.send("GET", f"{path}?code=123456")
    assert (reply.status, reply.body) == (200, path.encode())
    assert "Access-Control-Allow-Origin" not in reply.headers  # pages are for no other origin to read
    assert "x-amzn-RequestId" in reply.headers
    assert [line["operation"] for line in site.access_lines()] == ["GET /confirmUser"]
    assert b"123456" not in b"".join(site.written)


def test_a_bug_in_a_mounted_application_tells_nothing(site):
    reply = site.send("GET", "/broken")
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert b"secret detail" in site.log[0]


def test_head_has_no_body(site):
    reply = site.send("HEAD", "/healthz")
    assert (reply.status, reply.body) == (200, b"")


def test_health(site):
    assert site.send("GET", "/healthz").body == b"ok\n"
    assert site.send("GET", "/readyz").status == 200

    def gone():
        raise ConnectionError("no store at postgresql://user:password@host")

    site.store = gone
    reply = site.send("GET", "/readyz")
    assert reply.status == 503
    assert b"password" not in reply.body
    assert site.send("GET", "/healthz").status == 200


def test_metrics_have_their_media_type(site):
    assert site.send("GET", "/metrics").headers["Content-Type"].startswith("text/plain; version=")


# --- the caller's address ------------------------------------------------------------------------------------


def address_of(site, forwarded: str) -> str:
    site.call("SignUp", {"ClientId": "a", "Username": "u", "Password": "p"}, {"X-Forwarded-For": forwarded})
    return site.calls[-1][0].client_ip


def test_a_forwarded_address_is_not_believed(site):
    assert address_of(site, "203.0.113.7") == "127.0.0.1"


class TestBehindAProxy:
    @pytest.fixture
    def server_settings(self):
        return Server(body_limit=4096, trust_forwarded=True)

    def test_the_last_forwarded_address_is_believed(self, site):
        assert address_of(site, "198.51.100.1, 203.0.113.7") == "203.0.113.7"
        assert address_of(site, "") == "127.0.0.1"


# --- request ids ---------------------------------------------------------------------------------------------


def test_request_ids_do_not_repeat():
    draw = RequestIds(SystemEntropy())
    ids = [draw() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(uuid.UUID(drawn).version == 4 for drawn in ids)


# --- headers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "header"),
    [
        ("plain", "plain"),
        ("a\r\nSet-Cookie: x", "a\\r\\nSet-Cookie: x"),
        ("\0\x7f", "\\x00\\x7f"),
        ("é😀", "\\xe9\\U0001f600"),
        (r"[\w-]+", r"[\w-]+"),
        ("x" * 5000, "x" * 1024),
    ],
    ids=ascii,
)
def test_header_text(message, header):
    assert header_text(message) == header
