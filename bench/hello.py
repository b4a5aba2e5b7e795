"""The floor of every request: Granian with the server's own settings, answering a constant."""

import sys
from typing import Any

from poolhouse.edge.server import serve
from poolhouse.settings import Server, Settings

_HEADERS = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", "2")]


def _app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    environ["wsgi.input"].read()
    start_response("200 OK", _HEADERS)
    return [b"{}"]


if __name__ == "__main__":
    server = Server(port=int(sys.argv[1]), threads=int(sys.argv[2]))
    serve(Settings(server=server), lambda: _app, lambda: None)
