# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""One turn of a conversation: read once, written once, all of it or nothing."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ConnectionError, LockError, RedisError, TimeoutError  # noqa: A004

from .._aio import Renewal, SessionBase, pause, settle
from .._arguments import check_number, resolve_limit
from .._codec import decode_elements
from .._compat import is_unlocked
from .._errors import repeated_turn
from .._observer import NOTHING, operation
from .._output_text import output_text
from .._turn_context import enter, expect_nothing, leave
from .conversation import AsyncConversation
from .lease import AsyncLease

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import TResponseInputItem
    from typing_extensions import Self

    from .._aio import Action
    from .._codec import Item
    from .._sdk.settings import Settings
    from .._turn_options import TurnOptions
    from .draft import AsyncDraft
    from .stored_list import AsyncStoredList
    from .tail import AsyncTail

logger = logging.getLogger("openai_agents_session")


class Turn(SessionBase):
    """One turn of a conversation, which is stored as a whole when its block ends.

    A turn is a session: pass it to the Runner. It reads what the conversation held when the turn
    began, and what the turn has added since. Nothing that it adds is stored before the end of the
    block, and nothing at all if an exception leaves the block.

    Attributes:
        repeated: Whether a turn with this idempotency key was committed before. Its items are in
            `items`, and nothing may be added.
    """

    __module__ = "openai_agents_session"

    def __init__(
        self,
        stored: AsyncStoredList,
        view: Callable[[Item], Item] | None,
        session_id: str,
        settings: Settings,
        options: TurnOptions,
        check_session: Callable[[], None],
    ) -> None:
        super().__init__(session_id, settings)
        self.repeated: bool = False
        self._stored = stored
        self._subject = stored.subject
        self._view = view
        if is_unlocked(stored.delivery.client):  # for a renewal in another thread
            options = options._replace(lease=options.timeout)
        self._options = options
        self._check_session = check_session
        self._lease = AsyncLease(stored, options.key, options.lease, options.timeout)
        self._draft: AsyncDraft | None = None
        self._conversation: AsyncConversation | None = None
        self._renewal: Renewal | None = None
        self._operation = NOTHING
        self._pid = 0
        self._items: list[Item] = []
        self._ended = ""

    async def __aenter__(self) -> Self:
        if self._pid:
            raise RuntimeError(f"{self._subject}: a turn begins once; call turn() again")
        self._check_session()
        self._pid = os.getpid()
        self._operation = operation("session.turn", self._stored.target)
        try:
            self._operation.attach()
            await self._enter(resolve_limit(None, self._settings))
        except BaseException as error:
            self._operation.end(error)
            raise
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: object
    ) -> None:
        if self._pid != os.getpid():
            return  # a forked child: the turn is its parent's
        leave(self._lease.token)
        with self._operation as whole:
            if exc is not None:
                whole.failed(exc)
            await self._leave(exc_type, exc)

    @property
    def items(self) -> list[TResponseInputItem]:
        """What this turn has added, oldest first; also of a repeated turn, and after the block."""
        if self._draft is not None and not self.repeated and not self._ended:
            return cast("list[TResponseInputItem]", decode_elements(self._draft.added)[0])
        return cast("list[TResponseInputItem]", list(self._items))

    @property
    def output_text(self) -> str | None:
        """The text of the assistant message that ended this turn, or None if none did."""
        return output_text(self.items)

    async def get_items(
        self, limit: int | None = None, *, skip: int = 0
    ) -> list[TResponseInputItem]:
        """Return the conversation as this turn sees it, oldest item first.

        Args:
            limit: Maximum number of items to return, counted from the newest. None uses the limit
                in `session_settings`, or returns everything if that has none. Zero or less returns
                an empty list.
            skip: How many of the newest items to leave out first.

        Returns:
            The items that were stored when the turn began, and those that it has added.

        Raises:
            TypeError: The limit or skip is not a whole number.
            ValueError: The skip is negative.
            RuntimeError: The turn has not begun, or has ended.
        """
        wanted = resolve_limit(limit, self._settings)
        items = await self._open().newest(wanted, check_number("skip", skip))
        return cast("list[TResponseInputItem]", items)

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add items to the turn; they are stored when the block ends.

        Args:
            items: JSON-serializable mappings or pydantic models.

        Raises:
            TypeError: An item contains a value that JSON cannot represent; the message gives its
                position.
            ValueError: An item contains NaN or an infinity, or is nested too deeply.
            RuntimeError: The turn is repeated, was rolled back, has not begun, or has ended.
        """
        await self._writable().add(items)

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove and return the newest item; what was stored before the turn goes at its end.

        Returns:
            The item, or None if the conversation is empty.

        Raises:
            RuntimeError: The turn is repeated, was rolled back, has not begun, or has ended.
        """
        taken = await self._take()
        return None if taken is None else cast("TResponseInputItem", taken[0])

    async def clear_session(self) -> None:
        """Remove all items; what was stored before the turn goes at its end.

        Raises:
            RuntimeError: The turn is repeated, was rolled back, has not begun, or has ended.
        """
        await self._writable().clear()

    async def replace_items(self, items: list[TResponseInputItem]) -> None:
        """Replace the whole conversation when the block ends.

        Args:
            items: The new conversation, oldest item first.

        Raises:
            TypeError: An item contains a value that JSON cannot represent; the message gives its
                position.
            ValueError: An item contains NaN or an infinity, or is nested too deeply.
            RuntimeError: The turn is repeated, was rolled back, has not begun, or has ended.
        """
        await self._writable().replace(items)

    def rollback(self) -> None:
        """End the turn without storing anything, also if the block then ends normally."""
        if not self._ended:
            self._items = []
            self._ended = "was rolled back"
            expect_nothing(self._lease.token)

    async def _take(
        self, abandoned: Callable[[], bool] = lambda: False
    ) -> tuple[Item, Action[None]] | None:
        return await self._writable().take(abandoned)

    async def _replace_all(self, items: list[Any]) -> None:
        await self.replace_items(items)

    async def _read_tail(self, limit: int) -> AsyncTail:
        return await self._open().tail(limit)

    async def _enter(self, limit: int | None) -> None:
        """Begin. If that fails or is interrupted, give up the lease, which may be there."""
        try:
            with self._operation.part("begin"):
                await self._begin(limit)
            if not self.repeated:
                self._start_renewal()
                enter(self._lease.token, self._stored.delivery.client, self._stored.keys.history)
        except BaseException as error:
            if isinstance(error, (ConnectionError, TimeoutError)):
                await self._lease.release_if_possible()
            elif self._draft or not isinstance(error, (LockError, RuntimeError)):
                await self._give_up(error)  # those two are refusals, if nothing was begun
            raise

    async def _begin(self, limit: int | None) -> None:
        self._draft = await self._lease.begin(limit, self._options.blocking_timeout)
        self._conversation = AsyncConversation(self._draft, self._view)
        if (record := self._lease.record) is not None:
            self.repeated = True
            self._operation.repeated()
            found = await self._lease.find_committed(record, self._draft)
            self._items = decode_elements(found)[0]

    async def _leave(self, exc_type: type[BaseException] | None, exc: BaseException | None) -> None:
        draft, rolled_back = self._draft, bool(self._ended)
        self._ended = "has ended"
        if self.repeated or draft is None:
            return
        if exc_type is not None:
            self._items = []
            await self._give_up(exc)
            return
        try:
            await self._stop_renewal()
            if rolled_back or not draft.is_changed:
                await self._release()
                return
            self._items = decode_elements(draft.added)[0]
            await pause(0)  # a cancellation arrives here: redis-py forgets one as the sending ends
            self._operation.counted(len(draft.added))
            with self._operation.part("commit"):
                await self._lease.commit(draft, self._stored.max_items)
        except (ConnectionError, TimeoutError):
            await self._lease.release_if_possible()
            raise
        except BaseException as error:
            await self._give_up(error)
            raise

    def _start_renewal(self) -> None:
        timeout, lease = self._options.timeout, self._options.lease
        if lease < timeout:
            self._renewal = Renewal(self._lease.renew, lease / 3, timeout)

    async def _stop_renewal(self) -> None:
        if self._renewal is not None:
            await self._renewal.stop()

    async def _stop_and_release(self) -> None:
        await self._stop_renewal()
        with self._operation.part("release"):
            await self._lease.release()

    async def _release(self) -> None:
        """Give up the lease of a turn that stores nothing: no failure of Redis matters to it."""
        try:
            await self._stop_and_release()
        except RedisError:
            self._warn()

    async def _give_up(self, error: BaseException | None) -> None:
        """Give up the lease while an exception is on its way to the caller."""
        if self._renewal is not None:
            self._renewal.abandon()
        if not await settle(self._stop_and_release, error):
            self._warn()

    def _warn(self) -> None:
        logger.warning("%s: a turn could not give up its lease, which expires", self._subject)

    def _open(self) -> AsyncConversation:
        if self._conversation is None:
            raise RuntimeError(f"{self._subject}: the turn has not begun; use it in a with block")
        if self._ended:
            raise RuntimeError(f"{self._subject}: the turn {self._ended}; begin another one")
        return self._conversation

    def _writable(self) -> AsyncConversation:
        conversation = self._open()
        if self.repeated:
            raise repeated_turn(self._subject)
        return conversation
