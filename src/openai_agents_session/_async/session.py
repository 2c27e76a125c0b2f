# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The session: one conversation of the Agents SDK, stored in a Redis list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import RedisError

from .._aio import Client, Lock, SessionBase
from .._arguments import DEFAULT_URL, check_max_items, check_skip, check_ttl, resolve_limit
from .._keys import DEFAULT_KEY_PREFIX, session_key, session_keys, subject
from .client_owner import AsyncClientOwner
from .clients import open_client
from .conversation import AsyncConversation
from .delivery import AsyncDelivery
from .lock import AsyncSessionLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents import TResponseInputItem
    from agents.memory import SessionSettings
    from typing_extensions import Self

    from .._codec import Item
    from .pop import AsyncPop
    from .tail import AsyncTail


class RedisSession(AsyncClientOwner, SessionBase):
    """A conversation stored in Redis. Pass it to the Agents SDK's Runner, or use it directly.

    Every operation is atomic and takes one round trip. Writes are applied exactly once, even if a
    lost reply makes the client or the session send them again.

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

    def __init__(
        self,
        session_id: str,
        redis_client: Client,
        *,
        key_prefix: str = DEFAULT_KEY_PREFIX,
        ttl: int | None = None,
        session_settings: SessionSettings | Mapping[str, Any] | None = None,
        max_items: int | None = None,
    ) -> None:
        """Create a session on your own client, which closing the session leaves open.

        Args:
            session_id: Names the conversation.
            redis_client: A `redis.asyncio` client: standalone, from a Sentinel, or a cluster.
            key_prefix: Prefix of the names of all keys.
            ttl: Seconds after which an idle conversation expires; None disables expiry. Adding,
                reading and popping refresh it; only adding and replacing set it.
            session_settings: The SDK's settings, such as the default limit of `get_items`.
            max_items: Maximum number of items to keep. Adding more removes the oldest turns, so
                that the conversation still begins at a user message. The current turn is always
                kept whole. None keeps everything.

        Raises:
            TypeError: An argument, such as the client, is of the wrong type.
            ValueError: A name is empty or cannot be a key, or a number is out of range.
        """
        super().__init__(session_id, session_settings)
        self._hold(redis_client)
        self._session_key = session_key(key_prefix, session_id)
        self._keys = session_keys(self._session_key)
        self._delivery = AsyncDelivery(self._transport, subject(self._session_key))
        self._conversation = AsyncConversation(
            self._delivery, self._keys, check_ttl(ttl), check_max_items(max_items)
        )
        self._name = f"session with key {self._session_key!r}"

    @classmethod
    def from_url(
        cls,
        session_id: str,
        url: str = DEFAULT_URL,
        *,
        redis_kwargs: Mapping[str, Any] | None = None,
        key_prefix: str = DEFAULT_KEY_PREFIX,
        ttl: int | None = None,
        session_settings: SessionSettings | Mapping[str, Any] | None = None,
        max_items: int | None = None,
    ) -> Self:
        """Create a session and a client for it, which `close()` closes.

        The client connects on first use. By default it waits 5 seconds for a connection or a reply,
        and checks a connection that was idle for 30 seconds.

        Args:
            session_id: Names the conversation.
            url: `redis[s]://`, `unix://`, `redis+sentinel://`, `redis+cluster://` or `memory://`.
            redis_kwargs: Further arguments for the client, such as `socket_timeout` in seconds.
            key_prefix: Prefix of the names of all keys.
            ttl: Seconds after which an idle conversation expires; None disables expiry.
            session_settings: The SDK's settings, such as the default limit of `get_items`.
            max_items: Maximum number of items to keep, in whole turns; None keeps everything.

        Returns:
            A session that owns its client.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: The URL, a name or a number cannot be used.
        """
        session = cls(
            session_id,
            open_client(url, redis_kwargs),
            key_prefix=key_prefix,
            ttl=ttl,
            session_settings=session_settings,
            max_items=max_items,
        )
        session._owns_client = True
        return session

    def __repr__(self) -> str:
        return f"<{type(self).__name__} key={self._session_key!r}>"

    @property
    def key(self) -> str:
        """The name of the Redis list that holds the conversation."""
        return self._session_key

    @property
    def _key(self) -> str:
        # Published examples of 0.1.0 use it.
        return self._session_key

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
        items = await self._conversation.newest(wanted, check_skip(skip))
        return cast("list[TResponseInputItem]", items)

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add items at the end of the conversation: all of them, or none.

        Args:
            items: JSON-serializable mappings or pydantic models.

        Raises:
            TypeError: An item contains a value that JSON cannot represent; the message gives its
                position.
            ValueError: An item contains NaN or an infinity, or is nested too deeply.
        """
        self._check_usable()
        await self._conversation.add(items)

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

    async def clear_session(self) -> None:
        """Delete the conversation."""
        self._check_usable()
        await self._conversation.stored.clear()

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

    async def count(self) -> int:
        """Count the stored items.

        Returns:
            The length of the Redis list.
        """
        self._check_usable()
        return await self._conversation.stored.length()

    async def expires_in(self) -> int | None:
        """Return the seconds until the conversation expires, without refreshing its TTL.

        Returns:
            Seconds, or None if it does not expire or does not exist; `count()` tells the two apart.
        """
        self._check_usable()
        return await self._conversation.stored.seconds_left()

    async def ping(self) -> bool:
        """Return whether Redis responds.

        Returns:
            True if it does; False if it is unreachable or rejects the client.
        """
        self._check_usable()
        try:
            await self._conversation.stored.ping()
        except RedisError:
            return False
        return True

    def lock(
        self,
        *,
        timeout: float | None = 600,
        blocking_timeout: float | None = None,
        sleep: float = 0.1,
    ) -> Lock:
        """Create a redis-py lock that serializes turns of this conversation.

        It holds across processes, for both APIs. Its key is stored in the conversation's hash slot.

        Args:
            timeout: Seconds after which Redis frees the lock if its holder has not; None never.
            blocking_timeout: Seconds to wait for it; 0 tries once, None waits until it is free.
            sleep: Seconds between two tries.

        Returns:
            The lock, for use in a `with` block (which raises `redis.exceptions.LockError` if it
            was not free in time) or through its `acquire()` and `release()`, also from another
            thread.
        """
        self._check_open()
        return AsyncSessionLock(self._delivery, self._keys, timeout, sleep, blocking_timeout)

    async def _take(
        self, abandoned: Callable[[], bool] = lambda: False
    ) -> tuple[Item, AsyncPop] | None:
        """Take the newest item; return it with the pop that can put it back."""
        self._check_usable()
        return await self._conversation.take(abandoned)

    async def _replace_all(self, items: list[Any]) -> None:
        await self.replace_items(items)

    async def _read_tail(self, limit: int) -> AsyncTail:
        self._check_usable()
        return await self._conversation.tail(limit)
