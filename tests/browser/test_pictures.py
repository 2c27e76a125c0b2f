"""The pictures of the documentation, taken of a chat that a test has made.

`nox -s browser -- --write` updates them. What they show is compared as text, because fonts differ
from machine to machine; of the pictures themselves, only the size is.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.chat import ChatServer

from .tab import Tab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[2] / "docs" / "img"
TALKS = [
    ["I live in Paris."],
    ["My name is Ada and I live in London.", "What did we talk about?"],
]
RECITED = (
    "This is turn 2. Your name: Ada. Your city: London. Tools reported: nothing. "
    f"I answered 1 times. You said: (1) {TALKS[1][0]} (2) {TALKS[1][1]}"
)
SHOWN = [
    TALKS[1][0],
    "Nice to meet you, Ada of London.",
    TALKS[1][1],
    RECITED,
]
SIZES = {"light": (1000, 560), "dark": (1000, 560), "phone": (390, 780)}


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    """The address of a conversation, kept in memory."""
    with ChatServer("") as app:
        page = browser.new_page()
        tab = Tab(page, app.url, "ada").open()
        for talk in TALKS:
            tab.button("New conversation").click()
            for text in talk:
                tab.ask(text)
        yield page.url
        page.close()


@pytest.mark.parametrize("name", SIZES)
def test_picture(browser: Browser, address: str, name: str, request: pytest.FixtureRequest) -> None:
    width, height = SIZES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if name == "dark" else "light",
        reduced_motion="reduce",
        locale="en-US",
    )
    page = context.new_page()
    tab = Tab(page, address.partition("/?")[0], "ada")
    page.goto(address)
    tab.expect_messages(*SHOWN)
    tab.expect_titles(TALKS[1][0], TALKS[0][0])
    picture = page.screenshot(animations="disabled", caret="hide")
    tab.check()
    context.close()
    path = IMAGES / f"chat-{name}.png"
    if request.config.getoption("--write"):
        path.write_bytes(picture)
    assert size_of(picture) == size_of(path.read_bytes()) == SIZES[name]


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height, which a PNG says at a fixed place."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
