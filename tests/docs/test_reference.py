"""The reference pages are what the code says today."""

import sys
from pathlib import Path

import pytest

from poolhouse.operations.registry import HANDLERS, snake

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import gen_docs  # noqa: E402
import proofs  # noqa: E402


@pytest.mark.parametrize("name", gen_docs.PAGES)
def test_a_reference_page_is_up_to_date(name: str) -> None:
    assert (gen_docs.FOLDER / name).read_text() == gen_docs.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_a_test_proves_each_operation(name: str) -> None:
    module = HANDLERS[name].__module__.rpartition(".")[2]
    found = proofs.proof(snake(name), module)
    assert found is not None, f"no test in {' or '.join(proofs.FOLDERS)} calls {snake(name)}"
    assert f"def {found.function}(" in (ROOT / found.path).read_text()


def test_nothing_proves_what_no_test_calls() -> None:
    assert proofs.proof("fly_to_the_moon", "users") is None


def test_every_setting_is_described() -> None:
    page = gen_docs.settings_page()
    assert "`public_url`" in page
    assert "| `smtp_host` |" in page


def test_links_between_pages_lead_somewhere() -> None:
    import re

    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
