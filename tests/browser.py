"""A real browser for journeys: Debian's Chromium through Playwright, screenshots, and an accessibility scan.

def test_something(page, live_server, screenshot, no_axe_violations): ...
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[1] / ".artefacts" / "screenshots"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2, which axe leaves out by itself
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a session; where there is none the test is skipped, and `verify` says so."""
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("no chromium on this machine")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
        )  # Playwright's loop runs in this thread, beside the ORM
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's fresh browser: no cookies, Indian time."""
    fresh = browser.new_context(viewport=WIDE, locale="en-IN", timezone_id="Asia/Kolkata")
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which an uncaught script error or a refused inline script fails the test."""
    opened, complaints = context.new_page(), []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: _note(message, complaints))
    yield opened
    assert not complaints, complaints


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    """Note what the policy refused of a page; axe, injected without an address, styles copies of text areas."""
    if "Content Security Policy" in message.text and message.location["url"].startswith("http"):
        complaints.append(message.text)


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Keep a picture of the whole page, for people to look at: screenshot(page, "pay-wide")."""

    def take(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{request.node.name}-{name}.png".replace(os.sep, "-")
        page.evaluate("scrollTo(0, 0)")  # what is fixed to the screen stands where it does at first
        page.screenshot(path=path, full_page=True)
        return path

    return take


@pytest.fixture
def no_axe_violations() -> Callable[[Page], None]:
    """Scan the page as axe does; every violation is a failure."""

    def scan(page: Page, *, is_covered: bool = False) -> None:
        """A menu that lies over the page hides a part of some targets: no size is asked of them then."""
        found = Axe().run(page, options={} if is_covered else RULES).response["violations"]
        lines = [
            f"{rule['id']}: {rule['help']} – {[node['target'] for node in rule['nodes']]}" for rule in found
        ]
        assert not lines, "\n".join(lines)

    return scan
