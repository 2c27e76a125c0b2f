"""What an export is written as: JSON Lines to be imported, or an HTML page to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .elements import as_text
from .export_format import begin_line, conversation_line, element_line, end_line
from .html_items import element_html, to_html
from .html_style import STYLE
from .wording import counted, lifetime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from .export_format import Conversation

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Writer(Protocol):
    """Writes conversations, one after another."""

    def begin(self) -> None:
        """Write what comes first."""

    def conversation(self, conversation: Conversation) -> None:
        """Write what comes before the elements of a conversation."""

    def elements(self, elements: Iterable[bytes]) -> None:
        """Write elements of that conversation."""

    def end(self, sessions: int, elements: int) -> None:
        """Write what comes last: how much there is."""


class LinesWriter:
    """Writes JSON Lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def begin(self) -> None:
        """Write the line that names the format."""
        self._file.write(begin_line())

    def conversation(self, conversation: Conversation) -> None:
        """Write the line of a conversation."""
        self._file.write(conversation_line(conversation))

    def elements(self, elements: Iterable[bytes]) -> None:
        """Write the lines of elements."""
        self._file.writelines(map(element_line, elements))

    def end(self, sessions: int, elements: int) -> None:
        """Write the last line."""
        self._file.write(end_line(sessions, elements))


class PageWriter:
    """Writes one HTML page, which runs no script and loads nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open = False

    def begin(self) -> None:
        """Write the head of the page."""
        self._write(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Conversations</title>\n<style>\n{STYLE}\n</style>\n</head>\n"
            "<body>\n<main>\n<h1>Conversations</h1>\n"
        )

    def conversation(self, conversation: Conversation) -> None:
        """Write the heading of a conversation."""
        self._close()
        heading = conversation.title or conversation.session_id
        about = [f"ID: {conversation.session_id}"] if conversation.title else []
        if conversation.expires_in is not None:
            about.append(f"Expires in {lifetime(conversation.expires_in)} unless it is continued")
        about += [f"{name}: {as_text(value)}" for name, value in conversation.metadata.items()]
        lines = "".join(f'<p class="about" dir="auto">{to_html(line)}</p>\n' for line in about)
        self._write(f'<section>\n<h2 dir="auto">{to_html(heading)}</h2>\n{lines}')
        self._open = True

    def elements(self, elements: Iterable[bytes]) -> None:
        """Write messages, and what the tools did."""
        for element in elements:
            self._write(element_html(element))

    def end(self, sessions: int, elements: int) -> None:
        """Write the foot of the page."""
        self._close()
        counts = f"{counted(sessions, 'conversation')}, {counted(elements, 'item')}"
        self._write(f"</main>\n<footer>\n<p>End: {counts}</p>\n</footer>\n</body>\n</html>\n")

    def _close(self) -> None:
        if self._open:
            self._write("</section>\n")

    def _write(self, text: str) -> None:
        self._file.write(text.encode("utf-8"))
