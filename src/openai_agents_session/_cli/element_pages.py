"""The elements of a conversation in portions, so that memory holds a small part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .elements import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_agents_session import SyncRedisSession

_FIRST = 64
_MOST = 1000
_MOST_BYTES = 2**20
_ATTEMPTS = 10


class ChangedWhileReadError(Exception):
    """Elements that were read before are no longer where they were."""

    def __init__(self) -> None:
        super().__init__("items were removed while the conversation was read; run this again")


def stored_pages(
    session: SyncRedisSession, start: int = 0, first: bytes | None = None
) -> Iterator[list[bytes]]:
    """Yield the elements of a conversation, to which more may be added in the meantime.

    Each page is read with the last element of the one before, which shows whether elements were
    removed between the two.

    Args:
        session: The conversation.
        start: The position of the first element.
        first: That element, if it is known.

    Raises:
        ChangedWhileReadError: Elements were removed.
    """
    wanted = _FIRST
    page = session.raw_elements(start, wanted)
    if first is not None and page[:1] != [first]:
        raise ChangedWhileReadError
    while page:
        yield page
        if len(page) < wanted:
            return
        start += len(page)
        wanted = _fitting(page)
        last = page[-1]
        found = session.raw_elements(start - 1, wanted + 1)
        if found[:1] != [last]:
            raise ChangedWhileReadError
        page = found[1:]


def start_of_last(session: SyncRedisSession, wanted: int) -> tuple[int, bytes | None]:
    """Return where the last items begin, or all if there are fewer, and the element there.

    The element is None if there is none.

    Raises:
        ChangedWhileReadError: Elements were removed, again and again.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _start_of_last(session, wanted)
        except ChangedWhileReadError:
            continue
    raise ChangedWhileReadError


def _start_of_last(session: SyncRedisSession, wanted: int) -> tuple[int, bytes | None]:
    start, size = session.count(), _FIRST
    known: list[bytes] = []  # the element at `start`
    while start and wanted:
        end, start = start, max(start - min(max(wanted, 10), size), 0)
        page = session.raw_elements(start, end - start + len(known))
        if len(page) < end - start or page[end - start :] != known:
            raise ChangedWhileReadError
        for offset in reversed(range(end - start)):
            wanted -= decode(page[offset]) is not None
            if not wanted:
                return start + offset, page[offset]
        known, size = page[:1], _fitting(page)
    return start, known[0] if known else None


def in_batches(elements: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield these elements in lists that are not too large to send."""
    batch: list[bytes] = []
    size = 0
    for element in elements:
        if batch and (len(batch) == _MOST or size + len(element) > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(element)
        size += len(element)
    if batch:
        yield batch


def _fitting(page: list[bytes]) -> int:
    """Return how many elements of the same size make a page."""
    average = max(sum(map(len, page)) // len(page), 1)
    return max(1, min(_MOST_BYTES // average, _MOST))
