# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What tools ask of a session: its elements as they are stored, and who holds its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._arguments import check_elements, check_number, check_ttl
from .._lock_holder import LockHolder
from .._public_names import methods_of
from .._scripts.lock import GIVE_UP
from .operations import given, observed, returned
from .session_state import AsyncSessionState

if TYPE_CHECKING:
    from collections.abc import Sequence


@methods_of("RedisSession")
class AsyncRawAccess(AsyncSessionState):
    """The part of a session that looks behind its items."""

    @observed("session.raw_elements", items=returned)
    async def raw_elements(self, start: int = 0, count: int = 1000) -> list[bytes]:
        """Return elements of the list as they are stored, without refreshing the TTL.

        Elements that are not items are among them.

        Args:
            start: The position of the first one; 0 is the oldest.
            count: Maximum number of elements to return.

        Returns:
            The elements, oldest first. Fewer than `count` if the list ends there.

        Raises:
            TypeError: An argument is not a whole number.
            ValueError: An argument is negative.
        """
        self._check_usable()
        start, count = check_number("start", start), check_number("count", count)
        return await self._stored.read_range(start, count) if count else []

    @observed("session.append_raw_elements", items=given)
    async def append_raw_elements(
        self, elements: Sequence[bytes], *, at: int, expires_in: int | None = None
    ) -> bool:
        """Add elements as they are, if the list has a certain length.

        Because of that length, a copy that was interrupted can go on, and nothing is there twice.

        Args:
            elements: What to add, as `raw_elements` returned it.
            at: How many elements the list must have.
            expires_in: Seconds after which the conversation is to expire; None changes nothing.

        Returns:
            True if they were added; False if the list has another length, and nothing was changed.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: A number is out of range.
        """
        self._check_usable()
        check_elements(elements)
        at, seconds = check_number("at", at), check_ttl(expires_in)
        if not elements:
            return await self._stored.length() == at
        return await self._stored.append_at(elements, at, seconds)

    @observed("session.lock_holder")
    async def lock_holder(self) -> LockHolder | None:
        """Return who holds the lock of this conversation: a turn, or a `lock()`.

        Returns:
            The holder, or None if the lock is free.
        """
        self._check_usable()
        token, milliseconds = await self._delivery.call_together(
            ("GET", self._keys.lock), ("PTTL", self._keys.lock)
        )
        for reply in (token, milliseconds):
            if isinstance(reply, Exception):
                raise reply
        return None if token is None else LockHolder.read(token, milliseconds)

    @observed("session.break_lock")
    async def break_lock(self, holder: LockHolder) -> bool:
        """Free the lock of this conversation, whose holder is known to be gone.

        A turn that is still running stores its items nevertheless, unless another one began or
        the conversation was changed.

        Args:
            holder: Who must hold it, as `lock_holder()` returned.

        Returns:
            True if it was free afterwards; False if somebody else holds it.
        """
        self._check_usable()
        token = holder.token.removesuffix(":void").encode("utf-8", "surrogateescape")
        await self._delivery.run(GIVE_UP, self._keys.lock, self._keys.new_receipt(), token)
        return await self.lock_holder() is None
