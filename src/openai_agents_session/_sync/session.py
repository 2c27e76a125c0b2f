# Generated from src/openai_agents_session/_async/session.py by tools/generate.py; edit that file instead.
"""The session: one conversation of the Agents SDK, kept in a Redis list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import RedisError

from .._blocking import Client, Lock, LoopGuard, SessionBase
from .._arguments import DEFAULT_URL, check_max_items, check_skip, check_ttl, resolve_limit
from .._keys import DEFAULT_KEY_PREFIX, session_key, session_keys, subject
from .clients import accept_client, close_client, open_client
from .conversation import SyncConversation
from .delivery import SyncDelivery
from .lock import SyncSessionLock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents import TResponseInputItem
    from agents.memory import SessionSettings
    from typing_extensions import Self

    from .._codec import Item
    from .pop import SyncPop
    from .tail import SyncTail


class SyncRedisSession(SessionBase):
    """A conversation in Redis, for the Runner of the Agents SDK and for code of your own.

    Every operation is atomic and takes one round trip. One that changes something happens exactly
    once, although it is sent again when its reply is lost: by the client, or by the session itself.

    Each item is one JSON object in the Redis list `{key_prefix}:{session_id}`, oldest first.

    Any operation that talks to Redis may raise:

    - `redis.exceptions.ConnectionError` or `redis.exceptions.TimeoutError`, naming the key, when
      Redis does not answer. Whether a change was made is then unknown.
    - `redis.exceptions.ResponseError` when Redis refuses, for instance because the key holds
      another type. Nothing was changed then.
    - `RuntimeError` after `close()` of a session made by `from_url`, or where the client belongs
      to another event loop.

    Example:
        ```python
        session = SyncRedisSession.from_url('user-123', 'redis://localhost:6379', ttl=3600)
        session.add_items([{'role': 'user', 'content': 'Hello'}])
        items = session.get_items(limit=10)
        session.close()
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
        """Make a session on a client that stays yours: closing the session leaves it open.

        Args:
            session_id: Names the conversation.
            redis_client: A `redis` client: standalone, from a Sentinel, or a cluster.
            key_prefix: What the names of all keys begin with.
            ttl: Seconds until an idle conversation expires; None keeps it for ever. Adding,
                reading and popping start the time anew.
            session_settings: The SDK's settings: how many items to read where a call does not say.
            max_items: How many items to keep; adding more drops the oldest turns, so that the
                conversation still begins at a user message. The turn that goes on is always kept
                whole. None keeps everything.

        Raises:
            TypeError: An argument, the client for instance, is of the wrong type.
            ValueError: A name is empty or can be no key, or a number is out of range.
        """
        super().__init__(session_id, session_settings)
        self._transport = accept_client(redis_client, type(self))
        self._loop_guard = LoopGuard(redis_client)
        self._session_key = session_key(key_prefix, session_id)
        self._keys = session_keys(self._session_key)
        self._delivery = SyncDelivery(self._transport, subject(self._session_key))
        self._conversation = SyncConversation(
            self._delivery, self._keys, check_ttl(ttl), check_max_items(max_items)
        )
        self._owns_client = False
        self._closed = False

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
        """Make a session with a client of its own, which `close()` closes.

        It connects when it is first used. Unless told otherwise it waits 5 seconds for a connection
        or a reply, and checks a connection that was idle for 30 seconds.

        Args:
            session_id: Names the conversation.
            url: `redis[s]://`, `unix://`, `redis+sentinel://`, `redis+cluster://` or `memory://`.
            redis_kwargs: More arguments for the client, such as `socket_timeout` in seconds.
            key_prefix: What the names of all keys begin with.
            ttl: Seconds until an idle conversation expires; None keeps it for ever.
            session_settings: The SDK's settings: how many items to read where a call does not say.
            max_items: How many items to keep, rounded to whole turns; None keeps everything.

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

    def get_items(
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
        items = self._conversation.newest(wanted, check_skip(skip))
        return cast("list[TResponseInputItem]", items)

    def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add items at the end of the conversation: all of them, or none.

        Args:
            items: Mappings or pydantic models of what JSON can hold.

        Raises:
            TypeError: An item, named by its position, holds what JSON cannot hold.
            ValueError: An item, named by its position, holds NaN or an infinity.
        """
        self._check_usable()
        self._conversation.add(items)

    def pop_item(self) -> TResponseInputItem | None:
        """Take the newest item out of the conversation.

        Newer elements that are no JSON objects are dropped, with a warning in the log.

        Returns:
            The item, or None where there is none.
        """
        taken = self._take()
        return None if taken is None else cast("TResponseInputItem", taken[0])

    def clear_session(self) -> None:
        """Delete the conversation."""
        self._check_usable()
        self._conversation.stored.clear()

    def replace_items(self, items: list[TResponseInputItem]) -> None:
        """Put items in the place of the whole conversation, in one step.

        Args:
            items: The new conversation, oldest item first; empty deletes it.

        Raises:
            TypeError: An item, named by its position, holds what JSON cannot hold.
            ValueError: An item, named by its position, holds NaN or an infinity.
        """
        self._check_usable()
        self._conversation.replace(items)

    def count(self) -> int:
        """Count the stored items.

        Returns:
            The length of the Redis list.
        """
        self._check_usable()
        return self._conversation.stored.length()

    def expires_in(self) -> int | None:
        """Tell how long an idle conversation will live, without starting its ttl anew.

        Returns:
            Seconds, or None where it does not expire or does not exist.
        """
        self._check_usable()
        return self._conversation.stored.seconds_left()

    def ping(self) -> bool:
        """Tell whether Redis answers.

        Returns:
            True if it does; False if it is out of reach or refuses the client.
        """
        self._check_usable()
        try:
            self._conversation.stored.ping()
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
        """Make a lock of redis-py that lets one turn of this conversation run at a time.

        It holds across processes, for both APIs. Its key lies beside the conversation.

        Args:
            timeout: Seconds after which Redis frees the lock by itself, should its holder die.
            blocking_timeout: Seconds to wait for it; 0 tries once, None waits until it is free.
            sleep: Seconds between two tries.

        Returns:
            The lock, to be used in a `with` block (which raises `redis.exceptions.LockError` if it
            was not free in time) or through its `acquire()` and `release()`, also from another
            thread.
        """
        self._check_open()
        return SyncSessionLock(self._delivery, self._keys, timeout, sleep, blocking_timeout)

    def close(self) -> None:
        """Close the client, if the session made it itself; a client that it was given stays open.

        A session that has closed its client is finished. Closing it again does no harm.
        """
        if self._owns_client:
            self._closed = True
            close_client(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _take(self) -> tuple[Item, SyncPop] | None:
        """Take the newest item; return it with the pop that can put it back."""
        self._check_usable()
        return self._conversation.take()

    def _replace_all(self, items: list[Any]) -> None:
        self.replace_items(items)

    def _read_tail(self, limit: int) -> SyncTail:
        self._check_usable()
        return self._conversation.tail(limit)

    def _check_usable(self) -> None:
        self._check_open()
        self._loop_guard.check()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(
                f"the session with key {self._session_key!r} is closed; make a new one"
            )
