"""Take the pictures of the pages in `docs/images`: `make screenshots`.

The pages are those that the tests look at, from a server of their own, in Chromium.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from poolhouse.store import open_store  # noqa: E402
from poolhouse.store.schema import migrate  # noqa: E402
from support.chromium import chromium  # noqa: E402
from support.gallery import gallery, hung  # noqa: E402
from support.scripted import ScriptedClock  # noqa: E402
from support.server import RunningServer, running_server  # noqa: E402

FOLDER = ROOT / "docs" / "images"
_DESKTOP, _TELEPHONE = (900, 680), (360, 720)
PICTURES = {
    "sign-in-light": ("sign-in", "en", "light", _DESKTOP),
    "sign-in-dark": ("sign-in", "en", "dark", _DESKTOP),
    "sign-in-wrong": ("sign-in, wrong", "de", "light", _TELEPHONE),
    "sign-up-arabic": ("sign-up", "ar", "light", _TELEPHONE),
    "authenticator-dark": ("set up, app", "en", "dark", _TELEPHONE),
    "choose": ("factors", "en", "light", _TELEPHONE),
    "managed": ("choose", "en", "light", _DESKTOP),
    "branded": ("branded", "en", "light", _DESKTOP),
}
"""File → page, language, colour scheme and size of the window."""


@contextmanager
def _site() -> Iterator[tuple[RunningServer, Page]]:
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), ScriptedClock()
        url = f"sqlite:///{folder / 'site.db'}"
        migrate(url)
        with (
            running_server(open_store(url, clock), folder, clock) as server,
            chromium(folder / "profile") as tab,
        ):
            yield server, tab


def main() -> None:
    """Take all pictures, or those named on the command line."""
    FOLDER.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or list(PICTURES)
    with _site() as (server, tab):
        for lang in sorted({PICTURES[name][1] for name in wanted}):
            pages = gallery(server, lang)
            with hung(tab, server, pages) as show:
                for name in wanted:
                    page, spoken, scheme, (width, height) = PICTURES[name]
                    if spoken == lang:
                        tab.set_viewport_size({"width": width, "height": height})
                        tab.emulate_media(color_scheme=scheme)
                        show(page)
                        tab.wait_for_timeout(300)
                        tab.screenshot(path=FOLDER / f"{name}.png", full_page=width < 600)


if __name__ == "__main__":
    main()
