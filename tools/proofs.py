"""Which test proves an operation: found by reading the tests, so that nobody keeps a list.

A test proves the operations whose boto3 methods it names, itself or by a helper or fixture of its file, its
`conftest.py` or `tests/support`. The nearest file is taken: the one called after the operation, one in the
folder of the operation's module, or where most tests name it; and of that file the first test in which
nothing is refused and which names the operation itself, as far as there is one. So the answer seldom changes.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("tests/operations", "tests/sdk")
_SUPPORT = "support"
_REFUSES = frozenset({"raises", "refusal", "refused"})


@dataclass(frozen=True)
class Test:
    """A test.

    Attributes:
        path: of its file, from the root of the repository.
        names: what it names itself.
        reaches: what it names, and what its helpers name.
    """

    path: Path
    function: str
    names: frozenset[str]
    reaches: frozenset[str]


def proof(method: str, module: str) -> Test | None:
    """Return the test that proves an operation, or None where there is none.

    Args:
        method: the operation as boto3 names it.
        module: name of the module of `poolhouse.operations` that has it.
    """
    reaching = [test for test in _tests() if method in test.reaches]
    in_folder = Counter(test.path.parent for test in reaching)
    in_file = Counter(test.path for test in reaching)
    naming = Counter(test.path for test in reaching if method in test.names)

    def nearness(test: Test) -> tuple[bool | int, ...]:
        path = test.path
        return (
            path.stem == f"test_{method}",
            path.parent.name == module,
            path.is_relative_to(FOLDERS[0]),
            in_folder[path.parent],
            naming[path],
            in_file[path],
            not test.reaches & _REFUSES,
            method in test.names,
        )

    return max(reaching, key=nearness, default=None)


@cache
def _tests() -> tuple[Test, ...]:
    """Return all tests, by file, as they stand there."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("test_*.py"))
    return tuple(test for path in paths for test in _tests_of(path))


def _tests_of(path: Path) -> Iterator[Test]:
    reached = _reached(path)
    for name, names in _functions(path).items():
        if name.startswith("test"):
            yield Test(path.relative_to(ROOT), name, names, reached[name])


@cache
def _reached(path: Path) -> dict[str, frozenset[str]]:
    """Return what a file's functions name, themselves or by others of it, of `conftest.py` or of the support.

    What those name is looked up where they stand: a method of a thread is no helper of the file.
    """
    own = _functions(path)
    outer: dict[str, frozenset[str]] = {}
    if path.name.startswith("test_"):
        outer |= _reached(path.with_name("conftest.py"))
    if _SUPPORT not in path.parts:
        for module in _imported(path):
            outer |= _reached(ROOT / "tests" / _SUPPORT / f"{module}.py")
    return {name: _closed(name, own, outer) for name in own}


def _closed(
    function: str, own: Mapping[str, frozenset[str]], outer: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    reached: set[str] = set()
    ahead = [function]
    while ahead:
        for name in own[ahead.pop()] - reached:
            reached.add(name)
            reached |= outer.get(name, frozenset()) if name not in own else frozenset()
            ahead += [name] if name in own else []
    return frozenset(reached)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, module = node.module.partition(".")
            if package == _SUPPORT:
                yield from [module] if module else [name.name for name in node.names]


@cache
def _functions(path: Path) -> dict[str, frozenset[str]]:
    """Return a file's functions and methods, and what each names; of one name twice, both."""
    found: dict[str, frozenset[str]] = {}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = found.get(node.name, frozenset()) | frozenset(_names(node))
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text() if path.exists() else "")


def _names(function: ast.FunctionDef) -> Iterator[str]:
    """Yield what a function names: variables, methods, also in quotes, and its fixtures."""
    yield from (argument.arg for argument in function.args.args)
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
