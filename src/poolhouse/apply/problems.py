"""What is wrong with a file of configuration, and where in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where something stands in a file: the names and numbers that lead there from its top."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        text: what, as a sentence without its end.
    """

    path: Path
    text: str


class Wrong(Exception):  # noqa: N818 (it reads as what happened)
    """Something is wrong at one place, so that what stands there has no value."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(path, text)


class Problems:
    """Collects what is wrong, so that all of it is said at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: Path, text: str) -> None:
        """Note a problem."""
        self.found.append(Problem(path, text))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is `Wrong` in the block, and go on after it."""
        try:
            yield
        except Wrong as wrong:
            self.found.append(wrong.problem)


def place(path: Path) -> str:
    """Return a place as people write it: `Resources.Pool.Properties.Schema[0].Name`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def worded(problem: Problem, lines: Mapping[Path, int]) -> str:
    """Return a problem as one line, the nearest line number that is known before it."""
    above = (problem.path[:length] for length in range(len(problem.path), -1, -1))
    at = next((lines[path] for path in above if path in lines), None)
    where = place(problem.path)
    return ": ".join(part for part in (f"line {at}" if at else "", where, problem.text) if part)
