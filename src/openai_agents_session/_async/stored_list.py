# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""One list that holds a conversation: each operation is one script, and one round trip."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError

from .._failures import refuses_writes
from .._observer import operation
from .._scripts.add import ADD, ADD_AND_TRIM, ADD_AT
from .._scripts.add_once import ADD_ONCE
from .._scripts.lifetime import TOUCH
from .._scripts.readable import READABLE
from .._scripts.replace import CLEAR, REPLACE, REPLACE_TAIL
from .._scripts.rewind import CREATE, REWIND
from .._stats import SessionStats
from .._turn_context import bypasses_turn
from .._turn_records import RECORD_SECONDS, batch_digest
from .element_list import ElementList
from .pop import AsyncPop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._keys import SessionKeys
    from .._observer import Target
    from .._scripts.frame import Script
    from .delivery import AsyncDelivery


logger = logging.getLogger("openai_agents_session")


class AsyncStoredList(ElementList):
    """A list of encoded items, with its lifetime and its receipts."""

    def __init__(
        self,
        delivery: AsyncDelivery,
        keys: SessionKeys,
        ttl: int | None,
        max_items: int | None,
    ) -> None:
        self.subject: str = delivery.subject
        self.delivery = delivery
        self.keys = keys
        self.ttl: bytes | None = None if ttl is None else b"%d" % ttl
        self.max_items = max_items
        self.target: Target | None = None  # of a session: what its operations are about
        self.index_keys: tuple[bytes, ...] = ()  # of a user's conversation: the index, the info

    async def append(self, elements: Sequence[bytes]) -> None:
        """Add elements at the end, all or none; drop old turns if there is a maximum."""
        if bypasses_turn(self.delivery.client, self.keys.history):
            logger.warning(
                "%s: items were added to the session inside one of its turns; they are stored "
                "immediately, and do not belong to the turn. Pass the turn to the Runner, not the "
                "session",
                self.subject,
            )
        if self.max_items is None:
            await self.mutate(ADD, self.keys.new_receipt(), *elements)
        else:
            await self.mutate(ADD_AND_TRIM, self.keys.new_receipt(), self.max_items, *elements)

    async def append_once(self, elements: Sequence[bytes], key: bytes) -> bool:
        """Add elements under a key; return whether it stands for these elements."""
        head = (self.max_items or 0, key, batch_digest(elements), RECORD_SECONDS)
        return bool(await self.mutate(ADD_ONCE, self.new_receipt(), *head, *elements))

    async def append_at(self, elements: Sequence[bytes], at: int, seconds: int | None) -> bool:
        """Add elements if there are `at` of them, and set a lifetime; return whether it did."""
        script, keys = self.indexed(ADD_AT, self.keys.history, self.new_receipt(), self.keys.pops)
        ttl = b"" if seconds is None else seconds
        return bool(await self.delivery.run(script, *keys, ttl, at, *elements))

    async def create(self, elements: Sequence[bytes]) -> bool:
        """Add elements if there is no list yet; return whether there was none."""
        return bool(await self.mutate(CREATE, self.new_receipt(), *elements))

    async def rewind(self, turns: int) -> list[bytes]:
        """Remove the last turns; return their elements."""
        receipt = self.new_receipt()
        removed: list[bytes]
        try:
            removed = await self.mutate(REWIND, receipt, turns)
        except UnicodeDecodeError:  # the turns were removed, and their elements are the receipt
            removed = await self.delivery.run(READABLE, receipt, 0)
        return removed

    async def replace(self, elements: Sequence[bytes]) -> None:
        """Replace all elements by these, at least one."""
        await self.mutate(REPLACE, self.keys.new_receipt(), *elements)

    async def replace_tail(
        self, dropped: Sequence[bytes], replaced: Sequence[bytes], elements: Sequence[bytes]
    ) -> bool:
        """Replace the elements at the end, and drop those at the beginning.

        Returns False, and changes nothing, if the list has other elements there.
        """
        parts = (*dropped, *replaced, *elements)
        counts = (len(dropped), len(replaced))
        with operation("session.replace_tail", self.target) as replacing:
            replacing.counted(len(elements))
            return bool(await self.mutate(REPLACE_TAIL, self.new_receipt(), *counts, *parts))

    async def clear(self) -> None:
        """Delete the list."""
        await self.mutate(CLEAR, self.keys.new_receipt())

    def start_pop(self) -> AsyncPop:
        """Return a pop of the newest element, to be made by its `take()`."""
        return AsyncPop(self, self.keys.new_receipt())

    def new_receipt(self) -> bytes:
        """Return the key of a receipt that no other mutation has."""
        return self.keys.new_receipt()

    async def mutate(self, script: Script, receipt: bytes, *args: bytes | int) -> Any:
        """Run a script that changes the list; sent again, it finds its receipt."""
        names, ttl, delivery = self.keys, self.ttl or b"", self.delivery
        keys = (names.history, receipt, *names[1 : script.keys - 1])
        if self.index_keys:
            script, keys = self.indexed(script, *keys)
        return await delivery.deliver(delivery.send_script, script, *keys, ttl, *args)

    def indexed(self, script: Script, *keys: bytes) -> tuple[Script, tuple[bytes, ...]]:
        """Return a script and its keys; that of a user's conversation keeps the index, too."""
        if not self.index_keys:
            return script, keys
        return script.indexed, keys + self.index_keys

    async def read(self, first: int) -> list[bytes]:
        """Return the elements from a position on (negative: from the end); refresh the TTL."""
        send = self._read if self.ttl is None else self._read_and_touch
        try:
            elements = await self.delivery.deliver(send, first)
        except UnicodeDecodeError:
            elements = await self.delivery.run(READABLE, self.keys.history, first)
        return elements

    async def read_head(self, count: int) -> list[bytes]:
        """Return the first elements, at most `count`."""
        return await self.read_range(0, count)

    async def read_range(self, start: int, count: int) -> list[bytes]:
        """Return elements from a position on, at most `count`, or all for 0."""
        last = start + count - 1 if count else -1
        elements: list[bytes] = await self.delivery.call("LRANGE", self.keys.history, start, last)
        return elements

    async def length(self) -> int:
        """Return the number of elements."""
        return int(await self.delivery.call("LLEN", self.keys.history))

    async def seconds_left(self) -> int | None:
        """Return the seconds until the list expires, or None if it does not."""
        # TTL answers for a key of any type; LLEN refuses one that is not a list.
        key = self.keys.history
        replies = await self.delivery.call_together(("LLEN", key), ("TTL", key))
        _, seconds = _without_errors(replies)
        return int(seconds) if seconds >= 0 else None

    async def stats(self) -> SessionStats:
        """Return how much there is, without refreshing the TTL."""
        key = self.keys.history
        *replies, size = await self.delivery.call_together(
            ("LLEN", key), ("TTL", key), ("MEMORY USAGE", key)
        )
        length, seconds = _without_errors(replies)
        if isinstance(size, Exception):  # not every server or user can ask
            size = sum(map(len, await self.read_head(0)))
        return SessionStats(int(length), size or 0, int(seconds) if seconds >= 0 else None)

    async def ping(self) -> None:
        """Ask whether Redis answers."""
        await self.delivery.deliver(self._ping)

    async def _read(self, first: int) -> list[bytes]:
        elements: list[bytes] = await self.delivery.send("LRANGE", self.keys.history, first, -1)
        return elements

    async def _read_and_touch(self, first: int) -> list[bytes]:
        elements, refusal = await self._read_and_try_to_touch(first)
        if isinstance(refusal, ReadOnlyError):  # perhaps it was the primary until now
            await self.delivery.reconnect()
            elements, _ = await self._read_and_try_to_touch(first)
        return elements

    async def _read_and_try_to_touch(self, first: int) -> tuple[list[bytes], ResponseError | None]:
        """Return the elements, and why the server would not write."""
        # A bare EXPIRE behind a failing LRANGE would give a key of another type a lifetime.
        touch, keys = self.indexed(TOUCH, self.keys.history)
        elements, touched = await self.delivery.send_together(
            ("LRANGE", keys[0], first, -1), (*touch.by_digest, *keys, self.ttl)
        )
        if isinstance(elements, Exception):
            raise elements
        try:
            if isinstance(touched, NoScriptError):
                await self.delivery.send(*touch.in_full, *keys, self.ttl)
            elif isinstance(touched, Exception):
                raise touched
        except ResponseError as error:
            if not refuses_writes(error):
                raise
            return list(elements), error
        return list(elements), None

    async def _ping(self) -> None:
        await self.delivery.client.execute_command("PING")  # its reply is the client's to read


def _without_errors(replies: list[Any]) -> list[Any]:
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


async def add_once(stored: AsyncStoredList, elements: Sequence[bytes], key: bytes) -> None:
    """Add elements under a key; log a warning if it stands for other elements."""
    if not await stored.append_once(elements, key):
        logger.warning(
            "%s: an idempotency_key was used for two different batches, and the second was not "
            "stored; use a new key for each batch",
            stored.subject,
        )
