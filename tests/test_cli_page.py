"""The page about the command line: what it shows is what is printed, and the picture is current."""

from __future__ import annotations

import re
import shlex
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cli_picture import PICTURE, draw

from .support.cli_data import fill
from .support.command_line import Terminal
from .test_cli_calls import COMMANDS

if TYPE_CHECKING:
    from .support.server import Server

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROMPT = "$ openai-agents-session "
QUESTION = re.compile(r"(.*\[y/N\] )(\w)$")


def normal(text: str) -> str:
    """Return a text without what differs from run to run: sizes, times, and the width of both."""
    return re.sub(r"\d+", "N", " ".join(text.split()))


def shown_on(server: Server, call: str, expected: list[str]) -> str:
    """Return what a call shows; its questions are answered as on the page."""
    with Terminal(server, *shlex.split(call), columns=200, NO_COLOR="1", TERM="dumb") as terminal:
        for line in expected:
            if question := QUESTION.fullmatch(line):
                terminal.wait_for("[y/N] ")
                terminal.type(f"{question[2]}\n")
        terminal.end()
        return terminal.shown


def test_what_the_page_shows(server: Server) -> None:
    fill(server)
    calls = 0
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for example in block.split(PROMPT)[1:]:
            call, *expected = example.splitlines()
            shown = shown_on(server, call, expected)
            assert normal(shown) == normal("\n".join(expected)), call
            calls += 1
    assert calls > 10


def test_the_page_names_every_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for command in COMMANDS:
        assert re.search(rf"^(\$ )?openai-agents-session .*\b{command}\b", text, re.MULTILINE)


def words(picture: str) -> list[str]:
    """Return the lines of a picture; conversations are listed in no particular order."""
    lines = [unescape(re.sub("<[^>]*>", " ", line)) for line in picture.splitlines()]
    return sorted(normal(line.replace("\xa0", " ")) for line in lines)


def test_the_picture_shows_what_is_printed(server: Server) -> None:
    picture = PICTURE.read_text(encoding="utf-8")
    assert words(draw(server)) == words(picture)
    assert "url(http" not in picture  # nothing is loaded from elsewhere
    assert "openai-agents-session" in picture
