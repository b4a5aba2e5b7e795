"""What the real service answered, read from `tests/parity`."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "parity"


def recorded(name: str, kind: str) -> list[Any]:
    """Return the recorded answers or refusals of `tests/parity/<name>.json`."""
    return json.loads((FOLDER / f"{name}.json").read_text())[kind]


def holds(ours: Any, recording: Any, path: str = "") -> None:
    """Assert that our answer holds all of a recorded one; it may have members that came later.

    Lists of plain values come in no order of their own; lists of structures are compared by name.
    """
    if isinstance(recording, dict):
        for name, value in recording.items():
            assert name in ours, f"{path}.{name} is missing"
            holds(ours[name], value, f"{path}.{name}")
    elif isinstance(recording, list) and recording and isinstance(recording[0], dict):
        assert len(ours) == len(recording), path
        by_name = {entry["Name"]: entry for entry in ours}
        for entry in recording:
            holds(by_name[entry["Name"]], entry, f"{path}.{entry['Name']}")
    elif isinstance(recording, list):
        assert sorted(ours) == sorted(recording), path
    else:
        assert ours == recording, path
