"""The rule of every copy: begin a conversation, continue one, leave one that is there, or refuse.

Each portion is appended only if the conversation has the length at which it belongs. So a copy that
was interrupted can be made again, and nothing is there twice.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_agents_session import SyncRedisSession


class Outcome(Enum):
    """What became of a conversation."""

    ADDED = "added"
    CONTINUED = "continued"
    PRESENT = "present"
    DIFFERENT = "different"
    LEFT_OUT = "left_out"


def copy_elements(
    session: SyncRedisSession,
    batches: Iterable[list[bytes]],
    expires_in: int | None,
    *,
    dry_run: bool,
) -> Outcome:
    """Append to a conversation what it lacks, unless it holds something else."""
    lifetime = None if expires_in is None else max(expires_in, 1)
    try:
        copy = _Copy(session, lifetime, dry_run=dry_run)
        return copy.run(batches)
    except ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        return Outcome.DIFFERENT


class _Copy:
    def __init__(self, session: SyncRedisSession, lifetime: int | None, *, dry_run: bool) -> None:
        self._session = session
        self._lifetime = lifetime
        self._dry_run = dry_run
        self._outcome: Outcome | None = None  # None: all that was compared is there

    def run(self, batches: Iterable[list[bytes]]) -> Outcome:
        position = 0
        for batch in batches:
            if not self._place(batch, position):
                return Outcome.DIFFERENT
            position += len(batch)
        return self._outcome or Outcome.PRESENT

    def _place(self, batch: list[bytes], position: int) -> bool:
        """Append what is not there of a batch; return False if something else is."""
        if self._outcome is not None:
            return self._append(batch, position)
        if position == 0 and not self._dry_run and self._append(batch, 0):  # most often it is new
            self._outcome = Outcome.ADDED
            return True
        stored = self._session.raw_elements(position, len(batch))
        if stored != batch[: len(stored)]:
            return False
        if len(stored) < len(batch):
            position += len(stored)
            self._outcome = Outcome.CONTINUED if position else Outcome.ADDED
            return self._append(batch[len(stored) :], position)
        return True

    def _append(self, elements: list[bytes], at: int) -> bool:
        if self._dry_run:
            return True
        return self._session.append_raw_elements(elements, at=at, expires_in=self._lifetime)
