"""Importing an export, line by line."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .copying import Outcome, copy_elements
from .export_format import ExportReader
from .failures import WrongUsage
from .output import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .export_format import Conversation
    from .report import Report
    from .store import Store


class Importer:
    """Copies the conversations of an export to where they are missing."""

    def __init__(self, store: Store, report: Report) -> None:
        self._store = store
        self._report = report
        self._without_user = 0

    def run(self, lines: Iterable[bytes]) -> None:
        """Import what these lines say.

        Raises:
            ExportFileError: They are not a whole export.
        """
        for conversation, batches in ExportReader(lines).conversations():
            self._import(conversation, batches)
        if self._without_user:
            note(
                f"titles or metadata of {self._without_user} conversations were left out: only "
                "those of a user have them; pass --user"
            )

    def _import(self, conversation: Conversation, batches: Iterator[list[bytes]]) -> None:
        session_id = conversation.session_id
        try:
            session = self._store.session(session_id)
        except WrongUsage as error:
            self._report.add(session_id, Outcome.LEFT_OUT, str(error))
            return
        outcome, why = copy_elements(session, batches, conversation.expires_in, dry_run=False), None
        if outcome is not Outcome.DIFFERENT and (conversation.title or conversation.metadata):
            try:
                self._describe(conversation, is_new=outcome is not Outcome.PRESENT)
            except ValueError as error:  # too long for us, although Redis held it
                why = f"its title and its metadata were left out: {error}"
        self._report.add(session_id, outcome, why)

    def _describe(self, conversation: Conversation, *, is_new: bool) -> None:
        """Set the title and the metadata, unless the conversation was there and has its own."""
        if self._store.user is None:
            self._without_user += 1
            return
        session_id = conversation.session_id
        if is_new or session_id in self._undescribed:
            title, metadata = conversation.title, conversation.metadata
            self._store.user.update(session_id, title=title, metadata=metadata or None)

    @cached_property
    def _undescribed(self) -> set[str]:
        """The conversations that have neither: perhaps an import ended just before that."""
        found = self._store.user.sessions() if self._store.user else ()
        return {info.session_id for info in found if info.title is None and not info.metadata}
