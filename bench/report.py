"""What was measured, as a table and as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement beside its floor or its limit.

    Attributes:
        value, floor: in the unit named.
        ratio: what the target speaks of.
        target: the target in words; ok: whether it is met (None where there is none).
    """

    what: str
    value: float
    floor: float
    unit: str
    ratio: float
    target: str
    ok: bool | None


def write(rows: list[Row], path: Path) -> None:
    """Write build/bench.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | measured | floor | unit | ratio | target | met |", "|---|---:|---:|---|---:|---|---|"]
    for row in rows:
        met = "" if row.ok is None else "yes" if row.ok else "**no**"
        floor = f"{row.floor:,.2f}" if row.floor else ""
        lines.append(
            f"| {row.what} | {row.value:,.2f} | {floor} | {row.unit} | {row.ratio:.2f} | {row.target} | {met} |"
        )
    return "\n".join(lines)
