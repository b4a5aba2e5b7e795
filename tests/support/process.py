"""Poolhouse as processes of its own: the command line, and servers that are left to themselves."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx2
from botocore.config import Config

_ROOT = Path(__file__).parents[2]
_PATH = os.pathsep.join(str(_ROOT / folder) for folder in ("src", "tests"))
_SECONDS = 60


def poolhouse(*arguments: str, stdin: int = subprocess.DEVNULL) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; nobody types, unless `stdin` is a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "poolhouse", *arguments],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POOLHOUSE_")}
    return {**kept, "PYTHONPATH": _PATH}


@dataclass
class Serving:
    """A server process."""

    process: "subprocess.Popen[str]"
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, key: str = "local", secret: str = "local", region: str = "us-east-1") -> Any:  # noqa: S107
        """Return a boto3 client of the server."""
        return boto3.client(
            "cognito-idp",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 0}, read_timeout=_SECONDS),
        )

    def healthy(self) -> bool:
        """Tell whether the server answers."""
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        """Send SIGKILL to the main process and its workers."""
        pid = self.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for worker in (pid, *map(int, workers)):
            os.kill(worker, signal.SIGKILL)
        self.process.wait(_SECONDS)
        for _ in range(600):
            if not self.healthy():
                return
            time.sleep(0.05)
        raise AssertionError("the worker lives on")

    def stop(self) -> int:
        """Send SIGTERM and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_SECONDS)


@contextmanager
def starting(log: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Start `poolhouse serve` on a free port; it is ended with the block.

    Args:
        log: takes its standard error.
        arguments: those of the command, beside the port.
    """
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "poolhouse", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=_environment(),
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(_SECONDS)
        if process.stdout:
            process.stdout.close()


@contextmanager
def serving(log: Path, *arguments: str) -> Iterator[Serving]:
    """Run `poolhouse serve` until the end of the block; otherwise like `starting`."""
    with starting(log, *arguments) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"listens on (https?://\S+)", first)
        assert found, f"{first!r} {log.read_text()}"
        yield Serving(process, found[1].replace("localhost", "127.0.0.1"), log)
