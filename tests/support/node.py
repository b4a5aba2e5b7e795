"""Scripts in Node that drive official JavaScript clients, and ask the test for what only it knows."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.server import RunningServer

FOLDER = Path(__file__).parents[1] / "sdk" / "js"
NODE = Path(sys.executable).with_name("node")  # from PyPI, like everything else that the tests need


def settings_of(server: RunningServer, pool: str, client: str, **more: str) -> dict[str, str]:
    """Return what a script must know, and what more it is told."""
    return {"endpoint": server.url, "poolId": pool, "clientId": client, **more}


def run_script(
    name: str, settings: dict[str, str], folder: Path, answer: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """Run a script; return each step's answer.

    Args:
        name: of its file.
        settings: for the script.
        folder: where they are written.
        answer: gives what it asks for.
    """
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    steps: dict[str, Any] = {}
    with subprocess.Popen(
        [NODE, name, str(file)],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        for line in node.stdout:
            said = json.loads(line)
            if "ask" in said:
                node.stdin.write(json.dumps(answer(said["ask"])) + "\n")
                node.stdin.flush()
            elif "failed" in said:
                raise AssertionError(f"after {list(steps)}: {said['failed']}")
            else:
                steps[said["step"]] = said["answer"]
    assert node.returncode == 0
    return steps
