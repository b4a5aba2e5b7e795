"""Lists of compromised passwords, in both formats of Have I Been Pwned."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.keys.compromised import CompromisedPasswords, problem

BAD = ["P@ssw0rd", "hunter2", "Correct-Horse-9", "пароль", ""]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def folder_of(folder: Path, passwords: list[str], ending: str = ".txt", end: str = "\r\n") -> Path:
    """Write range files as the downloader does; neighbours of each hash around it."""
    folder.mkdir()
    for prefix in {digest(each)[:5] for each in passwords} | {"00000", "FFFFF"}:
        suffixes = {digest(each)[5:] for each in passwords if digest(each).startswith(prefix)}
        lines = sorted({*suffixes, "0" * 35, "F" * 35})
        text = end.join(f"{suffix}:{number + 1}" for number, suffix in enumerate(lines))
        (folder / f"{prefix}{ending}").write_bytes(text.encode())
    return folder


def file_of(path: Path, passwords: list[str], end: str = "\r\n") -> Path:
    lines = sorted({digest(each) for each in passwords})
    path.write_bytes("".join(f"{line}:{number + 1}{end}" for number, line in enumerate(lines)).encode())
    return path


@pytest.mark.parametrize("ending", ["", ".txt"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_folder_of_ranges(tmp_path: Path, ending: str, end: str) -> None:
    found = CompromisedPasswords(str(folder_of(tmp_path / "ranges", BAD, ending, end)))
    assert all(found.holds(password) for password in BAD)
    assert not found.holds("p@ssw0rd")
    assert not found.holds("Nobody-Has-This-1")


def test_padding_counts_for_nothing(tmp_path: Path) -> None:
    prefix, suffix = digest("hunter2")[:5], digest("hunter2")[5:]
    (tmp_path / prefix).write_text(f"{suffix}:0\r\n")
    assert not CompromisedPasswords(str(tmp_path)).holds("hunter2")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_a_single_file(tmp_path: Path, count: int, end: str) -> None:
    passwords = [f"password{number}" for number in range(count)]
    found = CompromisedPasswords(str(file_of(tmp_path / "list.txt", passwords, end)))
    assert all(found.holds(password) for password in passwords)
    assert not any(found.holds(f"another{number}") for number in range(100))


@given(st.sets(st.text(max_size=8), max_size=30), st.text(max_size=8))
def test_the_single_file_holds_what_was_written_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, passwords: set[str], other: str
) -> None:
    path = tmp_path_factory.mktemp("list") / "list.txt"
    found = CompromisedPasswords(str(file_of(path, sorted(passwords), "\n")))
    assert all(found.holds(password) for password in passwords)
    assert found.holds(other) is (other in passwords)


def test_without_a_list_no_password_is_compromised() -> None:
    assert not CompromisedPasswords("").holds("password")


def test_a_list_is_looked_at_as_it_is_now(tmp_path: Path) -> None:
    found = CompromisedPasswords(str(file_of(tmp_path / "list.txt", ["old"])))
    file_of(tmp_path / "list.txt", ["new"])
    assert found.holds("new")
    assert not found.holds("old")


def test_what_is_no_list(tmp_path: Path) -> None:
    assert "neither" in problem(str(tmp_path / "none"))
    assert "no range files" in problem(str(tmp_path))
    assert problem(str(folder_of(tmp_path / "ranges", BAD))) == ""
    assert problem(str(file_of(tmp_path / "list.txt", BAD))) == ""
