"""Load from wrk, bounded in time, and what it saw."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.servers import Running, api_headers

_SCRIPT = """
local bodies = {}
for line in io.lines(%(file)s) do bodies[#bodies + 1] = line end
local headers = %(headers)s
local own = %(own)s
local names = %(names)s
local at = 0
function init(args) math.randomseed(os.time()); at = math.random(#bodies) end
function request()
  at = at %% #bodies + 1
  for i, name in ipairs(names) do headers[name] = own[at][i] end
  return wrk.format("POST", "%(path)s", headers, bodies[at])
end
local bad = 0
function response(status) if status ~= 200 then bad = bad + 1; if bad == 1 then io.stderr:write("status " .. status .. "\\n") end end end
function done(summary, latency)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status))
end
"""


@dataclass(frozen=True)
class Seen:
    """What one run saw. Latencies in milliseconds, CPU in microseconds of the server's processes."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    errors: int


def wrk() -> str:
    """Return wrk's path, installing Debian's package when that is possible.

    Raises:
        SystemExit: it is not there and cannot be installed.
    """
    if not shutil.which("wrk") and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], stdout=subprocess.DEVNULL, check=False)
    path = shutil.which("wrk")
    if path is None:
        sys.exit("make bench drives the server with wrk: install it (Debian and Ubuntu: apt-get install wrk)")
    return path


def signed_headers(
    server: Running, key: Credentials, operation: str, body: Mapping[str, object]
) -> dict[str, str]:
    """Return the headers that sign one body, as `drive` sends it, with an access key."""
    request = AWSRequest("POST", server.url + "/", api_headers(operation), json.dumps(body))
    SigV4Auth(key, "cognito-idp", "us-east-1").add_auth(request)
    return {name: request.headers[name] for name in ("X-Amz-Date", "Authorization")}


def drive(
    server: Running,
    operation: str,
    bodies: Sequence[dict[str, object]],
    *,
    callers: int,
    seconds: int,
    headers: Mapping[str, str] | None = None,
) -> Seen:
    """Send the bodies round and round from `callers` connections for some seconds."""
    sent = {**api_headers(operation), **(headers or {})}
    return _drive(server, "/", sent, [json.dumps(body) for body in bodies], callers=callers, seconds=seconds)


def drive_each(
    server: Running,
    operation: str,
    signed: Sequence[tuple[dict[str, object], Mapping[str, str]]],
    *,
    callers: int,
    seconds: int,
) -> Seen:
    """Send bodies round and round as `drive` does, each with the headers of its own."""
    bodies = [json.dumps(body) for body, _ in signed]
    own = [headers for _, headers in signed]
    return _drive(server, "/", api_headers(operation), bodies, callers=callers, seconds=seconds, own=own)


def drive_forms(
    server: Running,
    path: str,
    forms: Sequence[Mapping[str, str]],
    *,
    callers: int,
    seconds: int,
    headers: Mapping[str, str] | None = None,
) -> Seen:
    """Send forms to an endpoint of OAuth, as `drive` does."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return _drive(
        server, path, headers, [urlencode(form) for form in forms], callers=callers, seconds=seconds
    )


def _drive(
    server: Running,
    path: str,
    headers: Mapping[str, str],
    bodies: Sequence[str],
    *,
    callers: int,
    seconds: int,
    own: Sequence[Mapping[str, str]] = (),
) -> Seen:
    lua = ", ".join(f'["{name}"]="{value}"' for name, value in headers.items())
    values = {
        "path": path,
        "headers": "{" + lua + "}",
        "names": _list(json.dumps(name) for name in (own[0] if own else ())),
        "own": _list(_list(json.dumps(value) for value in each.values()) for each in own),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bodies"
        file.write_text("\n".join(bodies) + "\n")
        script = Path(folder) / "load.lua"
        script.write_text(_SCRIPT % {"file": json.dumps(str(file)), **values})
        command = [
            wrk(),
            "-t1",
            f"-c{callers}",
            f"-d{seconds}s",
            "--timeout",
            "30s",
            "-s",
            str(script),
            server.url,
        ]
        before = server.cpu_seconds()
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
        cpu = server.cpu_seconds() - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", run.stdout)
    if found is None:
        raise RuntimeError(run.stdout + run.stderr)
    requests, duration, p50, p99, errors = map(int, found.groups())
    return Seen(requests / duration * 1e6, p50 / 1000, p99 / 1000, cpu / max(requests, 1) * 1e6, errors)


def _list(items: Iterable[str]) -> str:
    return "{" + ", ".join(items) + "}"
