"""A headless Chromium, the chat that it visits, and tabs of users."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.chat import ChatServer

from .tab import Tab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ViewportSize

    from tests.support.server import Server

WAIT_MILLISECONDS = 30_000  # on a busy machine; what is awaited comes much sooner
DESKTOP: ViewportSize = {"width": 1100, "height": 700}

expect.set_options(timeout=WAIT_MILLISECONDS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="update the pictures in docs/img")


class OpenTab(Protocol):
    """Opens a tab of the test's user, or of another, with a new conversation or a given one."""

    def __call__(self, chat: str | None = None, *, user: str = "") -> Tab: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "install Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(shared_server: Server) -> Iterator[ChatServer]:
    """One chat for the whole run, on Redis; each test has its own user."""
    with ChatServer(shared_server.url) as app:
        yield app


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(WAIT_MILLISECONDS)
    yield context
    context.close()


@pytest.fixture
def open_tab(
    app: ChatServer, context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[OpenTab]:
    opened: list[Tab] = []

    def open_tab(chat: str | None = None, *, user: str = "") -> Tab:
        opened.append(Tab(context.new_page(), app.url, user or request.node.name))
        return opened[-1].open(chat)

    yield open_tab
    for tab in opened:
        tab.check()


@pytest.fixture
def tab(open_tab: OpenTab) -> Tab:
    return open_tab()
