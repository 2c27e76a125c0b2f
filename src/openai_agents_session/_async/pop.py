# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""One pop of the newest element, which knows how to put back what it took."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from .. import _observer
from .._aio import settle
from .._scripts.pop import POP, UNDO_POP
from .._scripts.readable import READABLE_POP
from .element_list import Undoable

if TYPE_CHECKING:
    from .._scripts.frame import Script

logger = logging.getLogger("openai_agents_session")


class PoppableList(Protocol):
    """What a pop uses of a stored list."""

    subject: str

    async def mutate(self, script: Script, receipt: bytes, *args: bytes | int) -> Any: ...


class AsyncPop(Undoable):
    """A pop that can be undone for as long as its receipt is kept.

    Attributes:
        position: Where in the list the element was that it took.
    """

    def __init__(self, stored: PoppableList, receipt: bytes) -> None:
        self.position: int = -1
        self._stored = stored
        self._receipt = receipt

    async def take(self) -> bytes | None:
        """Take the newest element, or None. Code that interrupts this must put the element back."""
        taken: bytes | None
        try:
            taken = await self._stored.mutate(POP, self._receipt)
        except UnicodeDecodeError:  # the pop was made, and its receipt holds what it took
            taken = await self._stored.mutate(READABLE_POP, self._receipt)
        if taken is None:
            return None
        position, _, element = taken.partition(b":")
        self.position = int(position)
        return element

    async def put_back(self) -> None:
        """Undo the pop, also if Redis has yet to carry it out."""
        if not await settle(self._undo):
            logger.warning(
                "%s: a pop was interrupted, and Redis did not confirm that its item was put back",
                self._stored.subject,
            )

    async def _undo(self) -> None:
        if await self._stored.mutate(UNDO_POP, self._receipt):
            _observer.count("put_backs")
