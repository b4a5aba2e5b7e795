"""Starts the servers that are measured, and reads what they cost."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = resource.getpagesize()

# What is measured is the operation, not the check of a signature.
UNCHECKED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request, "
    "SignedHeaders=host, Signature=00"
}
"""The header of a signature that servers accept which accept any, as `poolhouse serve --dev` does."""


@dataclass(frozen=True)
class Running:
    """A server under measurement."""

    url: str
    process: subprocess.Popen[str]
    data: Path
    started_in: float

    def pids(self) -> list[int]:
        """Return the main process and its children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu_seconds(self) -> float:
        """Return the CPU time that the server has used so far, user and system."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICK

    def memory_mb(self) -> float:
        """Return the memory of all its processes, shared pages counted once (PSS where the kernel tells)."""
        total = 0
        for pid in self.pids():
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024  # type: ignore[index]
            except (OSError, TypeError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        return total / 1e6

    def call(
        self, operation: str, headers: Mapping[str, str] | None = None, /, **members: Any
    ) -> dict[str, Any]:
        """Call an operation, with `headers` beside the usual ones; refusals raise with the service's error."""
        request = urllib.request.Request(
            self.url,
            data=json.dumps(members).encode(),
            headers={**api_headers(operation), **(headers or {})},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{operation}: {error.read().decode()}") from error


def api_headers(operation: str) -> dict[str, str]:
    """Return the headers of an API call."""
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }


@contextmanager
def poolhouse(config: str = "", *, data: Path | None = None, dev: bool = True) -> Iterator[Running]:
    """Run `poolhouse serve`; `config` is TOML. Its log goes to a file, as in production."""
    with tempfile.TemporaryDirectory(prefix="poolhouse-bench-") as scratch:
        folder = data or Path(scratch)
        options = ["--dev"] if dev else []
        if config:
            (Path(scratch) / "poolhouse.toml").write_text(config)
            options += ["--config", str(Path(scratch) / "poolhouse.toml")]
        port = free_port()
        command = [sys.executable, "-m", "poolhouse", "serve", *options, "--port", str(port)]
        with running([*command, "--data", str(folder)], folder, port, ready_path="/readyz") as server:
            yield server


@contextmanager
def hello(threads: int = 256) -> Iterator[Running]:
    """Run the floor: the same Granian with the same threads, answering a constant."""
    with tempfile.TemporaryDirectory(prefix="poolhouse-bench-") as scratch:
        port = free_port()
        command = [sys.executable, "-m", "bench.hello", str(port), str(threads)]
        with running(command, Path(scratch), port) as server:
            yield server


@contextmanager
def running(
    command: list[str],
    folder: Path,
    port: int,
    *,
    ready_path: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run a server in a folder.

    Args:
        command: starts it, listening on `port` of 127.0.0.1.
        folder: takes its log; it is started there where `environment` is given.
        port: see above.
        ready_path: what is answered with success as soon as it is ready; any answer to `/` where None.
        environment: variables beside those of this process.
    """
    with (folder / "server.log").open("w") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            text=True,
            cwd=folder if environment else None,
            env={**os.environ, **(environment or {})},
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, ready_path, process)
            yield Running(url, process, folder, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(40)


def _wait(url: str, ready_path: str | None, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url + (ready_path or "/"), timeout=5):
                return
        except urllib.error.HTTPError:
            if ready_path is None:
                return
        except OSError:
            pass
        time.sleep(0.005)
    raise RuntimeError("the server was not ready in time")


def free_port() -> int:
    """Return a port that nobody listens on."""
    from poolhouse.edge.server import listenable  # noqa: PLC0415

    return listenable("127.0.0.1", 0)[1]
