# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The session: one conversation of the Agents SDK, stored in a Redis list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._arguments import check_number, resolve_limit
from .._codec import encode_items
from .._observer import operation
from .._turn_options import turn_options
from .._turn_records import check_key
from .._user_messages import without_last_turns
from .operations import given, observed, returned
from .raw_access import AsyncRawAccess
from .stored_list import add_once
from .turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import TResponseInputItem
    from typing_extensions import Self

    from .._aio import Action
    from .._codec import Item
    from .tail import AsyncTail


class RedisSession(AsyncRawAccess):
    """A conversation stored in Redis. Pass it to the Agents SDK's Runner, or use it directly.

    Every operation is atomic and takes one round trip; a turn and `fork()` take two. Writes are
    applied exactly once, even if a lost reply makes the client or the session send them again.

    Each item is one JSON object in the Redis list `{key_prefix}:{session_id}`, oldest first.

    Any operation that talks to Redis may raise:

    - `redis.exceptions.ConnectionError` or `redis.exceptions.TimeoutError`, naming the key, if
      Redis does not answer. It is then unknown whether a change was made.
    - `redis.exceptions.ResponseError` if Redis refuses the call, for instance because the key holds
      another type. Nothing was changed.
    - `RuntimeError` after `close()` of a session made by `from_url`, or if the client was first
      used in another event loop.

    Example:
        ```python
        session = RedisSession.from_url('user-123', 'redis://localhost:6379', ttl=3600)
        await session.add_items([{'role': 'user', 'content': 'Hello'}])
        items = await session.get_items(limit=10)
        await session.close()
        ```
    """

    __module__ = "openai_agents_session"

    @observed("session.get_items", items=returned)
    async def get_items(
        self, limit: int | None = None, *, skip: int = 0
    ) -> list[TResponseInputItem]:
        """Return the conversation, oldest item first, and refresh its TTL.

        List elements that are not JSON objects are skipped with a logged warning.

        Args:
            limit: Maximum number of items to return, counted from the newest. None uses the limit
                in `session_settings`, or returns everything if that has none. Zero or less returns
                an empty list.
            skip: How many of the newest items to leave out first. `get_items(20, skip=40)` is the
                third page of 20, counted back from the newest.

        Returns:
            The items, as they were added.

        Raises:
            TypeError: The limit or skip is not a whole number.
            ValueError: The skip is negative.
        """
        self._check_usable()
        wanted = resolve_limit(limit, self._settings)
        items = await self._conversation.newest(wanted, check_number("skip", skip))
        return cast("list[TResponseInputItem]", items)

    @observed("session.add_items", items=given)
    async def add_items(
        self, items: list[TResponseInputItem], *, idempotency_key: str | None = None
    ) -> None:
        """Add items at the end of the conversation: all of them, or none.

        Args:
            items: JSON-serializable mappings or pydantic models.
            idempotency_key: Names the batch: the id of a message, for instance. Within 24 hours, a
                later call with this key stores nothing and returns as the first one did, in
                whichever process it runs.

        Raises:
            TypeError: An item contains a value that JSON cannot represent; the message gives its
                position.
            ValueError: An item contains NaN or an infinity, or is nested too deeply; or the key is
                empty.
        """
        self._check_usable()
        if idempotency_key is None:
            await self._conversation.add(items)
            return
        key = check_key(idempotency_key)
        if elements := encode_items(items):
            await add_once(self._stored, elements, key)

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove and return the newest item.

        Newer elements that are not JSON objects are discarded with a logged warning.

        Returns:
            The item, or None if the conversation is empty.
        """
        taken: Any = await self._take()
        # No call from here on: a signal could raise in it, and nobody would have the item.
        item: TResponseInputItem | None = None if taken is None else taken[0]
        return item

    @observed("session.clear_session")
    async def clear_session(self) -> None:
        """Delete the conversation."""
        self._check_usable()
        await self._conversation.clear()

    @observed("session.replace_items", items=given)
    async def replace_items(self, items: list[TResponseInputItem]) -> None:
        """Replace the whole conversation in one step.

        Args:
            items: The new conversation, oldest item first; empty deletes it.

        Raises:
            TypeError: An item contains a value that JSON cannot represent; the message gives its
                position.
            ValueError: An item contains NaN or an infinity, or is nested too deeply.
        """
        self._check_usable()
        await self._conversation.replace(items)

    @observed("session.rewind", items=returned)
    async def rewind(self, turns: int = 1) -> list[TResponseInputItem]:
        """Take the last turns out of the conversation.

        A turn begins at a user message; several user messages in a row begin one turn.

        Args:
            turns: How many turns to take out. More than there are go back to the first user
                message: a greeting before it stays.

        Returns:
            The items that were taken out, oldest first.

        Raises:
            TypeError: The number of turns is not a whole number.
            ValueError: The number of turns is negative.
        """
        self._check_usable()
        removed = await self._stored.rewind(check_number("turns", turns)) if turns else []
        return cast("list[TResponseInputItem]", self._conversation.decode(removed))

    @observed("session.fork")
    async def fork(self, session_id: str, *, rewind: int = 0) -> Self:
        """Copy the conversation, without its last turns, to a session that does not exist yet.

        The copy is what the conversation held when it was read, with the TTL of this session. A
        copy without items creates nothing.

        Args:
            session_id: Names the copy.
            rewind: How many of the last turns to leave out.

        Returns:
            A session of the copy, on the same client, which it does not own.

        Raises:
            TypeError: The session_id is not a string, or the number of turns not a whole number.
            ValueError: The session exists, the session_id cannot be used, or the number of turns is
                negative.
        """
        self._check_usable()
        check_number("rewind", rewind)
        copy = self._sibling(session_id)
        elements = without_last_turns(await self._stored.read_head(0), rewind)
        if not await copy._stored.create(elements):
            raise ValueError(f"{copy._stored.subject} exists; choose another session_id")
        return copy

    def turn(
        self,
        idempotency_key: str | None = None,
        *,
        timeout: float = 600,
        blocking_timeout: float | None = None,
        lease: float = 30,
    ) -> Turn:
        """Return a turn: a block whose items are stored as a whole when it ends, or not at all.

        A turn reads once when it begins and writes once when it ends. Turns of one conversation run
        one at a time, across processes. A turn with a key happens once within 24 hours, whichever
        process begins it: repeated, it has `repeated` set and its items in `items`.

        Pass the turn to the Runner, not the session. What is added to the session inside the block
        is stored immediately, and logged as a warning.

        Args:
            idempotency_key: Names the turn: the id of a task or message, for instance. None for a
                turn that is never repeated.
            timeout: Seconds after which a turn that still runs loses its lease.
            blocking_timeout: Seconds to wait for another turn to end; 0 tries once, None waits
                until it has.
            lease: Seconds after which the lease of a killed process expires. A running turn renews
                it.

        Returns:
            The turn, for use in a `with` block.

        Raises:
            TypeError: The key is not a string, or a time is not a number.
            ValueError: The key is empty, or a time is out of range.
            TurnBusyError: When the block begins: another turn held the conversation for too long.
            TurnConflictError: When the block ends: the conversation was cleared, or what the turn
                has read was changed. Nothing was stored.
            RuntimeError: When the block begins: the running code is inside a turn of this
                conversation.
        """
        self._check_open()
        options = turn_options(idempotency_key, timeout, blocking_timeout, lease)
        return Turn(
            self._stored,
            self._conversation.view,
            self.session_id,
            self._settings,
            options,
            self._check_usable,
        )

    async def _take(
        self, abandoned: Callable[[], bool] = lambda: False
    ) -> tuple[Item, Action[None]] | None:
        """Take the newest item; return it with the function that puts it back."""
        taken = None
        try:
            with operation("session.pop_item", self._target) as popping:
                self._check_usable()
                taken = await self._conversation.take(abandoned)
                popping.counted(0 if taken is None else 1)
        except BaseException:
            if taken is not None:  # the end of the operation was interrupted
                await taken[1]()
            raise
        return taken

    async def _replace_all(self, items: list[Any]) -> None:
        await self.replace_items(items)

    @observed("session.read_tail")
    async def _read_tail(self, limit: int) -> AsyncTail:
        self._check_usable()
        return await self._conversation.tail(limit)
