"""Writing conversations, one after another, with a small part of them in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from .element_pages import ChangedWhileReadError, stored_pages
from .failures import reason
from .output import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .export_writers import Writer
    from .exported import Exported


class Export:
    """An export that is being written. What fails for one conversation is named on stderr.

    Attributes:
        sessions: How many conversations were exported.
        missing: How many conversations that were asked for by their ids were not.
    """

    def __init__(self, writer: Writer, step: Callable[[int], None], where: str) -> None:
        """Tell also where the conversations are looked for."""
        self._where = where
        self._writer = writer
        self._step = step
        self._whole = True
        self.sessions = self.missing = self._elements = 0

    def write(self, found: Iterable[Exported]) -> bool:
        """Write these conversations; return whether all of them are there as a whole."""
        self._writer.begin()
        for exported in found:
            self._write(exported)
        self._writer.end(self.sessions, self._elements)
        return self._whole

    def _write(self, exported: Exported) -> None:
        before = self._elements
        try:
            self._write_pages(exported)
        except ChangedWhileReadError:
            taken = self._elements - before
            why = f"items were removed while it was read, and only its first {taken} were exported"
            self._fail(exported, f"{why}; export it again")
        except ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise
            self._miss(exported, reason(error))
        else:
            if exported.named and self._elements == before:
                self._miss(exported, f"there is no such conversation {self._where}")

    def _write_pages(self, exported: Exported) -> None:
        expires_in = exported.session.expires_in()
        begun = False
        for page in stored_pages(exported.session):
            if not begun:
                self._writer.conversation(replace(exported.conversation, expires_in=expires_in))
                self.sessions += 1
                begun = True
            self._writer.elements(page)
            self._elements += len(page)
            self._step(len(page))

    def _miss(self, exported: Exported, why: str) -> None:
        self.missing += exported.named
        self._fail(exported, why)

    def _fail(self, exported: Exported, why: str) -> None:
        self._whole = False
        note(f"{exported.session.session_id}: {why}")
