"""The real Chromium, driven by Playwright, with a virtual authenticator, and pages for it on localhost."""

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _executable() -> str:
    found = os.environ.get("POOLHOUSE_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.fail("Chromium is not there: `apt-get install chromium`, or set POOLHOUSE_TEST_CHROMIUM.")
    return found


@contextmanager
def chromium(profile: Path, *, scripts: bool = True) -> Iterator[Page]:
    """Yield an empty tab.

    Args:
        profile: an empty folder for what the browser keeps.
        scripts: whether pages may run any.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=_executable(),
            headless=True,
            chromium_sandbox=False,
            java_script_enabled=scripts,
            args=_FLAGS,
        )
        try:
            yield browser.pages[0]
        finally:
            browser.close()


def add_authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give the tab a virtual authenticator: a device that holds passkeys and verifies its owner.

    Returns:
        The tab's DevTools session, and the authenticator's id in it.
    """
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    answer = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, answer["authenticatorId"]


@contextmanager
def site(files: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Serve files on localhost; yield the address without a path.

    Args:
        files: path → media type and content; a query changes nothing.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media_type, content = files.get(self.path.partition("?")[0], ("", ""))
            self.send_response(200 if media_type else 404)
            self.send_header("Content-Type", media_type or "text/plain")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
