"""The elements of a conversation in portions, so that memory holds a small part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_agents_session import SyncRedisSession

_FIRST = 64
_MOST = 1000
_MOST_BYTES = 2**20


class ChangedWhileReadError(Exception):
    """Elements that were read before are no longer where they were."""


def stored_pages(session: SyncRedisSession) -> Iterator[list[bytes]]:
    """Yield the elements of a conversation, of which more may be added meanwhile.

    Each page is read with the last element of the one before, which shows whether elements were
    removed between the two.

    Raises:
        ChangedWhileReadError: They were.
    """
    start, wanted = 0, _FIRST
    page = session.raw_elements(start, wanted)
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
