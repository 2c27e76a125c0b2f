"""Copying the conversations of a source to where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .copying import Outcome, copy_elements
from .element_pages import ChangedWhileReadError, in_batches
from .failures import WrongUsage
from .wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .report import Report
    from .sdk_sources import Source, SourceConversation
    from .store import Store


def migrate_all(
    source: Source, store: Store, report: Report, step: Callable[[int], None], *, dry_run: bool
) -> None:
    """Copy all conversations, or find out what would become of them."""
    for conversation in source.conversations():
        outcome, why = _migrate(conversation, store, step, dry_run=dry_run)
        report.add(conversation.session_id, outcome, why)


def _migrate(
    conversation: SourceConversation, store: Store, step: Callable[[int], None], *, dry_run: bool
) -> tuple[Outcome, str | None]:
    if conversation.refused is not None:
        return Outcome.LEFT_OUT, f"left out: {conversation.refused}"
    try:
        session = store.session(conversation.session_id)
    except WrongUsage as error:
        return Outcome.LEFT_OUT, f"left out: {error}"
    batches = _counted(in_batches(conversation.items()), step)
    try:
        outcome = copy_elements(session, batches, conversation.expires_in, dry_run=dry_run)
    except ChangedWhileReadError:
        return Outcome.LEFT_OUT, "items were removed while it was read; run this again"
    if not conversation.taken:
        outcome = Outcome.LEFT_OUT
    return outcome, _passed_over(conversation)


def _passed_over(conversation: SourceConversation) -> str | None:
    number = conversation.passed_over
    if not number:
        return None
    return f"{counted(number, 'element')} left out: not JSON objects"


def _counted(batches: Iterator[list[bytes]], step: Callable[[int], None]) -> Iterator[list[bytes]]:
    for batch in batches:
        yield batch
        step(len(batch))
