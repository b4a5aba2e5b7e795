"""A small HTTP server on loopback that records what it receives and answers as the test says.

It stands for AWS, for a webhook's receiver, for Twilio: whatever is called over HTTP.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True)
class Recorded:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


Answer = tuple[int, dict[str, str], bytes]


class Recorder:
    """Answers with `answer`, a function of the request; `hang` is an answer that never comes."""

    def __init__(self, answer: Callable[[Recorded], Answer]) -> None:
        self.requests: list[Recorded] = []
        self.answer = answer
        self._over = threading.Event()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                request = Recorded(self.command, self.path, headers, body)
                recorder.requests.append(request)
                status, extra, content = recorder.answer(request)
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST  # noqa: N815

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_args: object) -> None:
                """A client that hung up is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def hang(self, _request: Recorded) -> Answer:
        self._over.wait(30)
        return 200, {}, b"{}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def json(body: bytes, status: int = 200, **headers: str) -> Callable[[Recorded], Answer]:
    """An answer of JSON, whatever is asked; `X_Amz_Y` as a keyword is the header `X-Amz-Y`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: (status, {"content-type": "application/json", **named}, body)
