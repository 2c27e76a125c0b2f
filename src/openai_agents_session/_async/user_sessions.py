# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The conversations of a user: to list, to open, to delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._observer import Target
from .._scripts.users import DELETE, PAGE, UPDATE
from .._session_pages import (
    MOST_SESSIONS,
    check_page_limit,
    encode_metadata,
    encode_title,
    make_page,
    read_cursor,
)
from .adoption import adopt
from .delivery import AsyncDelivery
from .erasure import erase
from .operations import observed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from .._keys import UserKeys
    from .._session_pages import SessionInfo, SessionPage
    from .._stats import SessionStats
    from .clients import Transport
    from .managed import OwnedSession
    from .session import RedisSession
    from .stored_list import AsyncStoredList

_PAGE = 100


class UserSessions:
    """The conversations of a user, the last changed first.

    Every operation that changes a conversation also keeps the index, in the same step. A
    conversation is listed while it holds items.

    Each call takes one round trip, unless it says something else. It raises what a session raises
    if Redis fails, in a manager that is not strict, too.

    Example:
        ```python
        alice = manager.user('alice')
        session = alice.session('holiday')
        page = await alice.page(limit=20)
        titles = [info.title for info in page.sessions]
        ```
    """

    __module__ = "openai_agents_session"

    def __init__(
        self,
        keys: UserKeys,
        client: Transport,
        open_session: Callable[[str], OwnedSession],
        manager_list: Callable[[str], AsyncStoredList],
        check_manager: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._target = Target(keys.manager_prefix)
        self._delivery = AsyncDelivery(client, f"session keys {keys.key_prefix + ':*'!r}")
        self._open_session = open_session
        self._manager_list = manager_list
        self._check_manager = check_manager

    def __repr__(self) -> str:
        return f"<{type(self).__name__} key_prefix={self._keys.key_prefix!r}>"

    def session(self, session_id: str) -> RedisSession:
        """Return a conversation of the user, for a Runner.

        Args:
            session_id: Names the conversation among those of the user.

        Returns:
            The session; creating one costs nothing.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
        """
        return self._open_session(session_id)

    @observed("user_sessions.page")
    async def page(self, limit: int = 20, cursor: str | None = None) -> SessionPage:
        """Return a page of the conversations, the last changed first, without refreshing a TTL.

        A page may hold fewer than `limit`, even none, and there may be more on the next one:
        conversations that have expired are passed over.

        Args:
            limit: Maximum number of conversations, from 1 to 1000.
            cursor: The `next_cursor` of the page before; None for the first page.

        Returns:
            The page.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: The limit is out of range, or the cursor did not come from a page.
        """
        return make_page(await self._page(check_page_limit(limit), cursor))

    async def sessions(self) -> AsyncIterator[SessionInfo]:
        """Iterate over all conversations, the last changed first, 100 in a round trip.

        What is changed during the iteration may be missing or come twice.

        Returns:
            An iterator, which raises if Redis fails.
        """
        cursor = None
        while True:
            page = await self.page(_PAGE, cursor)
            for info in page.sessions:
                yield info
            cursor = page.next_cursor
            if cursor is None:
                return

    @observed("user_sessions.count")
    async def count(self) -> int:
        """Count the conversations, by looking at each of them, 1000 in a round trip.

        Returns:
            How many conversations hold items.
        """
        cursor, count = None, 0
        while True:
            reply = await self._page(MOST_SESSIONS, cursor, b"1")
            count += len(reply) - 2
            cursor = make_page(reply[:2]).next_cursor
            if cursor is None:
                return count

    @observed("user_sessions.update", by_id=True)
    async def update(
        self,
        session_id: str,
        *,
        title: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> bool:
        """Change the title or the metadata of a conversation. It does not move in the list.

        Args:
            session_id: Names the conversation.
            title: The new title, of at most 10,000 characters; an empty one removes it, None leaves
                it.
            metadata: What takes the place of all metadata, at most 64 KiB as JSON; an empty mapping
                removes it, None leaves it.

        Returns:
            True if the conversation holds items; if not, nothing was changed.

        Raises:
            TypeError: An argument is of the wrong type, or contains a value that JSON cannot
                represent.
            ValueError: The session_id cannot be used, or a value is too long or cannot be
                represented in JSON.
        """
        stored = self._list(session_id)
        changes = (*encode_title(title), *encode_metadata(metadata))
        return bool(await stored.mutate(UPDATE, stored.new_receipt(), *changes))

    @observed("user_sessions.stats", by_id=True)
    async def stats(self, session_id: str) -> SessionStats:
        """Return the size of a conversation and when it expires, without refreshing its TTL.

        Args:
            session_id: Names the conversation.

        Returns:
            The number of items (`count`), their size in Redis (`bytes`), and the seconds until the
            idle conversation expires (`expires_in`, None if it does not).

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
        """
        return await self._list(session_id).stats()

    @observed("user_sessions.delete", by_id=True)
    async def delete(self, session_id: str) -> bool:
        """Delete a conversation with its title and metadata, and free its lock.

        A turn of it that is running will store nothing.

        Args:
            session_id: Names the conversation.

        Returns:
            True if it held items.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
        """
        stored = self._list(session_id)
        return bool(await stored.mutate(DELETE, stored.new_receipt()))

    @observed("user_sessions.erase")
    async def erase(self) -> None:
        """Erase all that is stored of the user, also what the index has lost sight of.

        It takes many small steps, and looks at every key of the server, or of the user's node. What
        is added while it runs is either there and listed afterwards, or gone. If it fails, call it
        again.
        """
        self._check_manager()
        await erase(self._delivery, self._keys)

    @observed("user_sessions.adopt", by_id=True)
    async def adopt(self, session_id: str) -> bool:
        """Make one of the manager's own sessions a conversation of the user.

        On a cluster it is copied and then removed, in a few round trips. If that fails, call it
        again.

        Args:
            session_id: Names the session, and then the conversation.

        Returns:
            True if it is now the user's, or already was; False if there is none.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used, or the user has a conversation of that id,
                too; nothing was changed.
        """
        return await adopt(self._manager_list(session_id), self._list(session_id))

    async def _page(self, limit: int, cursor: str | None, only_ids: bytes = b"") -> Any:
        self._check_manager()
        time, session_id = read_cursor(cursor)
        args = (limit, limit + MOST_SESSIONS, time, session_id, only_ids)
        return await self._delivery.run(PAGE, self._keys.index_key, *args)

    def _list(self, session_id: str) -> AsyncStoredList:
        self._check_manager()
        return self._open_session(session_id)._stored
