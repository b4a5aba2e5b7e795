"""HTTP as no honest client speaks it, over a socket, to a real server: it answers or hangs up, and lives on."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.process import Serving, serving

_TARGET = "X-Amz-Target: AWSCognitoIdentityProviderService.ListUserPools\r\n"
_TYPE = "Content-Type: application/x-amz-json-1.1\r\n"
_BODY = '{"MaxResults":1}'
_CLOSE = "Connection: close\r\n"
_HEAD = f"POST / HTTP/1.1\r\nHost: localhost\r\n{_CLOSE}{_TARGET}{_TYPE}"
_LENGTH = f"Content-Length: {len(_BODY)}\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("raw")
    with serving(folder / "stderr", "--dev", "--data", str(folder / "data")) as running:
        yield running


def say(server: Serving, text: str | bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes and return what comes back until the server hangs up, unless we do first."""
    raw = text if isinstance(text, bytes) else text.encode("latin-1")
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(raw)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        try:
            while more := connection.recv(65_536):
                answer += more
        except ConnectionError:
            pass
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def body(answer: bytes) -> dict[str, object]:
    return dict(json.loads(answer.partition(b"\r\n\r\n")[2]))


def chunks(*parts: str) -> str:
    return "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts) + "0\r\n\r\n"


RIGHT = {
    "plain": f"{_HEAD}{_LENGTH}\r\n{_BODY}",
    "chunked": f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks(_BODY[:5], _BODY[5:])}",
    "no Host, as HTTP/1.0 has it": f"POST / HTTP/1.0\r\n{_TARGET}{_TYPE}{_LENGTH}\r\n{_BODY}",
    "a long header": f"{_HEAD}X-Long: {'x' * 4_000}\r\n{_LENGTH}\r\n{_BODY}",
}
WRONG = {
    "more than was promised": f"{_HEAD}Content-Length: 5\r\n\r\n{_BODY}",
    "no length": f"{_HEAD}\r\n{_BODY}",
    "a length that is none": f"{_HEAD}Content-Length: many\r\n\r\n{_BODY}",
    "a negative length": f"{_HEAD}Content-Length: -1\r\n\r\n{_BODY}",
    "two lengths": f"{_HEAD}Content-Length: 5\r\n{_LENGTH}\r\n{_BODY}",
    "a length and chunks": f"{_HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{chunks('{')}",
    "a chunk of nonsense": f"{_HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{_BODY}\r\n0\r\n\r\n",
    "chunks beyond the limit": f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks(*['x' * 65_536] * 17)}",
    "two targets": f"{_HEAD}{_TARGET.replace('ListUserPools', 'DeleteUserPool')}{_LENGTH}\r\n{_BODY}",
    "a header that is huge": f"{_HEAD}X-Long: {'x' * 2_000_000}\r\n{_LENGTH}\r\n{_BODY}",
    "many headers": f"{_HEAD}{'X-Many: x' + chr(13) + chr(10)}" * 500 + f"{_LENGTH}\r\n{_BODY}",
    "a header with NUL": f"{_HEAD}X-Odd: a\0b\r\n{_LENGTH}\r\n{_BODY}",
    "a header that is folded": f"{_HEAD}X-Odd: a\r\n  b\r\n{_LENGTH}\r\n{_BODY}",
    "no HTTP": "EHLO example.com\r\n\r\n",
    "an absolute target": f"POST http://elsewhere/ HTTP/1.1\r\nHost: localhost\r\n{_CLOSE}{_TARGET}{_TYPE}{_LENGTH}\r\n{_BODY}x",
    "a path of nonsense": f"POST /%00%ff/../ HTTP/1.1\r\nHost: localhost\r\n{_CLOSE}{_LENGTH}\r\n{_BODY}",
    "an old version": f"POST / HTTP/0.9\r\n{_TARGET}{_TYPE}{_LENGTH}\r\n{_BODY}",
}

BROKEN_OFF = {
    "less than was promised": f"{_HEAD}Content-Length: 500\r\n\r\n{_BODY}",
    "a chunk without end": f"{_HEAD}Transfer-Encoding: chunked\r\n\r\nffff\r\n{_BODY}",
    "nothing": "",
    "half a request line": "POST / HT",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
}


@pytest.mark.parametrize("request_", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_answered(server: Serving, request_: str) -> None:
    answer = say(server, request_)
    assert status(answer) == 200
    assert b'"UserPools":' in answer


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_what_is_wrong_breaks_nothing(server: Serving, request_: str | bytes) -> None:
    assert status(say(server, request_)) < 500
    _lives_on(server)


@pytest.mark.parametrize("request_", BROKEN_OFF.values(), ids=BROKEN_OFF)
def test_a_client_that_hangs_up_breaks_nothing(server: Serving, request_: str | bytes) -> None:
    assert status(say(server, request_, hang_up=True)) < 500
    _lives_on(server)


def _lives_on(server: Serving) -> None:
    assert status(say(server, RIGHT["plain"])) == 200
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "panicked" not in log


def test_a_body_that_breaks_off_is_not_taken_for_whole(server: Serving) -> None:
    """Whole JSON that is shorter than its length promises may be the beginning of something else."""
    head = _HEAD.replace("ListUserPools", "CreateUserPool")
    answer = say(server, head + 'Content-Length: 50\r\n\r\n{"PoolName":"x"}', hang_up=True)
    assert status(answer) != 200
    listed = body(say(server, RIGHT["plain"]))
    assert listed["UserPools"] == []


def test_the_log_is_a_line_of_json_for_each_event(server: Serving, tmp_path: Path) -> None:
    say(server, RIGHT["plain"])
    for line in server.log.read_text().splitlines():
        assert json.loads(line)
