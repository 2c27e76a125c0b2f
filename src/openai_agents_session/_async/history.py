# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The list that holds a conversation: each operation is atomic and one round trip."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from redis.client import NEVER_DECODE
from redis.exceptions import NoScriptError, RedisError, ResponseError

from .._aio import Action, Transport, discard_connections, pause, settle
from .._retries import LOST, Retries, refuses_writes, unreachable
from .._scripts import ADD, ADD_AND_TRIM, CLEAR, POP, REPLACE, REPLACE_TAIL, TOUCH, UNDO_POP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._keys import SessionKeys
    from .._lua import Script
    from .._stats import SessionStats

logger = logging.getLogger("openai_agents_session")

T = TypeVar("T")

# Elements are bytes, whatever the client decodes: it would fail on one that is not UTF-8.
_RAW = {NEVER_DECODE: True}


class Popped(NamedTuple):
    """What a pop took, from where, and the receipt by which it can be undone."""

    position: int
    element: bytes
    receipt: bytes


class AsyncHistory:
    """A list of encoded items, with its lifetime and its receipts."""

    def __init__(
        self,
        transport: Transport,
        key: str,
        keys: SessionKeys,
        ttl: int | None,
        max_items: int | None,
    ) -> None:
        self._transport = transport
        self._key = key
        self._keys = keys
        self._ttl = None if ttl is None else b"%d" % ttl
        self._max_items = max_items

    async def append(self, elements: Sequence[bytes]) -> None:
        """Add elements at the end, all of them or none; drop old turns where that is asked for."""
        if self._max_items is None:
            await self._mutate(ADD, self._keys.new_receipt(), *elements)
        else:
            await self._mutate(ADD_AND_TRIM, self._keys.new_receipt(), self._max_items, *elements)

    async def replace(self, elements: Sequence[bytes]) -> None:
        """Put these elements, at least one, in the place of all others."""
        await self._mutate(REPLACE, self._keys.new_receipt(), *elements)

    async def replace_tail(
        self, dropped: Sequence[bytes], replaced: Sequence[bytes], elements: Sequence[bytes]
    ) -> bool:
        """Put elements in the place of those at the end, and drop those at the beginning.

        Nothing is changed, and the answer is False, where the list has other elements there.
        """
        parts = (*dropped, *replaced, *elements)
        counts = (len(dropped), len(replaced))
        return bool(await self._mutate(REPLACE_TAIL, self._keys.new_receipt(), *counts, *parts))

    async def clear(self) -> None:
        """Delete the list."""
        await self._mutate(CLEAR, self._keys.new_receipt())

    async def pop(self) -> Popped | None:
        """Take the newest element.

        Interrupted, it puts back what it took: nobody else has seen it.
        """
        receipt = self._keys.new_receipt()
        try:
            taken = await self._pop(receipt)
        except (RedisError, GeneratorExit):
            raise
        except BaseException:
            await self.put_back(receipt)
            raise
        if taken is None:
            return None
        position, _, element = taken.partition(b":")
        return Popped(int(position), element, receipt)

    async def put_back(self, receipt: bytes) -> None:
        """Undo a pop, also one that Redis has yet to carry out."""
        if not await settle(lambda: self._mutate(UNDO_POP, receipt)):
            logger.warning(
                "session key %r: a pop was interrupted, and Redis did not confirm that "
                "its item is back in the list",
                self._key,
            )

    async def read(self, first: int) -> list[bytes]:
        """Return the elements from a position on (negative: from the end); start the ttl anew."""
        send = self._read if self._ttl is None else self._read_and_touch
        try:
            elements = await self._deliver(send, first)
        except UnicodeDecodeError:
            from .._readable import READABLE

            elements = await self._deliver(self._run, READABLE, self._keys.history, first, **_RAW)
        return elements

    async def read_head(self, count: int) -> list[bytes]:
        """Return the first elements, at most so many."""
        command = ("LRANGE", self._keys.history, 0, count - 1)
        elements: list[bytes] = await self._deliver(self._call, *command)
        return elements

    async def length(self) -> int:
        """Return the number of elements."""
        length = await self._deliver(self._call, "LLEN", self._keys.history)
        return int(length)

    async def seconds_left(self) -> int | None:
        """Return the seconds until the list expires, or None where it does not."""
        seconds = await self._deliver(self._seconds_left)
        return seconds if seconds >= 0 else None

    async def stats(self) -> SessionStats:
        """Return how much there is, without starting the ttl anew."""
        return await self._deliver(self._stats)

    async def ping(self) -> None:
        """Ask whether Redis answers."""
        await self._deliver(self._ping)

    async def _mutate(
        self, script: Script, receipt: bytes, *args: bytes | int, **options: bool
    ) -> Any:
        head = (script, self._keys.history, receipt, self._ttl or b"")
        return await self._deliver(self._run, *head, *args, **options)

    async def _run(self, script: Script, *args: bytes | int, **options: bool) -> Any:
        """Run a script by its digest, or by its text where the server does not know it yet."""
        try:
            return await self._transport.execute_command(*script.by_digest, *args, **options)
        except NoScriptError:
            return await self._transport.execute_command(*script.in_full, *args, **options)

    async def _pop(self, receipt: bytes) -> bytes | None:
        taken: bytes | str | None
        try:
            taken = await self._mutate(POP, receipt, **_RAW)
        except UnicodeDecodeError:  # the pop was made, and its receipt holds what it took
            from .._readable import READABLE_POP

            taken = await self._mutate(READABLE_POP, receipt, **_RAW)
        # See `_readable`: it may have been decoded all the same.
        return taken.encode("utf-8") if isinstance(taken, str) else taken

    async def _read(self, first: int) -> list[bytes]:
        elements: list[bytes] = await self._call("LRANGE", self._keys.history, first, -1)
        return elements

    async def _read_and_touch(self, first: int) -> list[bytes]:
        # A bare EXPIRE behind a failing LRANGE would give a key of another type a lifetime.
        key, ttl = self._keys.history, self._ttl
        elements, touched = await self._call_together(
            ("LRANGE", key, first, -1), (*TOUCH.by_digest, key, ttl)
        )
        if isinstance(elements, Exception):
            raise elements
        try:
            if isinstance(touched, NoScriptError):
                await self._transport.execute_command(*TOUCH.in_full, key, ttl)
            elif isinstance(touched, Exception):
                raise touched
        except ResponseError as error:
            if not refuses_writes(error):
                raise
        return list(elements)

    async def _seconds_left(self) -> int:
        # TTL answers for a key of any type; LLEN refuses one that is no list.
        length, seconds = await self._call_together(
            ("LLEN", self._keys.history), ("TTL", self._keys.history)
        )
        for reply in (length, seconds):
            if isinstance(reply, Exception):
                raise reply
        return int(seconds)

    async def _stats(self) -> SessionStats:
        from .._stats import SessionStats  # only a manager asks for it

        key = self._keys.history
        length, seconds, size = await self._call_together(
            ("LLEN", key), ("TTL", key), ("MEMORY USAGE", key)
        )
        for reply in (length, seconds):
            if isinstance(reply, Exception):
                raise reply
        if isinstance(size, Exception):  # not every server tells, nor every user is told
            size = sum(map(len, await self._read(0)))
        return SessionStats(int(length), size or 0, int(seconds) if seconds >= 0 else None)

    async def _ping(self) -> None:
        await self._transport.execute_command("PING")  # its reply is the client's to interpret

    async def _call(self, *command: object) -> Any:
        return await self._transport.execute_command(*command, **_RAW)

    async def _call_together(self, *commands: tuple[object, ...]) -> list[Any]:
        """Send commands in one round trip; an error reply stands in the place of its reply."""
        async with self._transport.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command, **_RAW)
            return await pipeline.execute(raise_on_error=False)

    async def _deliver(self, send: Action[T], *args: Any, **options: bool) -> T:
        """Send what may be sent twice, until it is answered or it is time to give up."""
        retries, started = None, time.monotonic()
        while True:
            try:
                return await send(*args, **options)
            except LOST as error:
                retries = retries or Retries(self._transport, started)
                seconds = retries.next_pause(error)
                if seconds is None:
                    raise unreachable(error, self._key) from error
            except RedisError:
                raise
            except BaseException:
                await discard_connections(self._transport)
                raise
            await pause(seconds)
