# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What a session is besides its items: its names, its client, its list, its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from .. import _observer
from .._aio import Client, Lock, SessionBase
from .._arguments import DEFAULT_URL, check_max_items, check_ttl
from .._keys import DEFAULT_KEY_PREFIX, session_key, session_keys, subject
from .._public_names import methods_of
from .client_owner import AsyncClientOwner
from .clients import open_client
from .conversation import AsyncConversation
from .delivery import AsyncDelivery
from .lock import AsyncSessionLock
from .operations import observed
from .stored_list import AsyncStoredList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.memory import SessionSettings
    from typing_extensions import Self


@methods_of("RedisSession")
class AsyncSessionState(AsyncClientOwner, SessionBase):
    """The part of a session that does not read or write items."""

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
        self._stored = AsyncStoredList(
            self._delivery, self._keys, check_ttl(ttl), check_max_items(max_items)
        )
        self._stored.target = _observer.Target(key_prefix, session_id)
        self._conversation = AsyncConversation(self._stored)
        self._key_prefix = key_prefix
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

    def _sibling(self, session_id: str) -> Self:
        """Return a session of another id on the same client."""
        return type(self)(
            session_id,
            self._client,
            key_prefix=self._key_prefix,
            ttl=None if self._stored.ttl is None else int(self._stored.ttl),
            session_settings=self._settings,
            max_items=self._stored.max_items,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} key={self._session_key!r}>"

    @property
    def key(self) -> str:
        """The name of the Redis list that holds the conversation."""
        return self._session_key

    @property
    def _target(self) -> _observer.Target | None:
        return self._stored.target

    @property
    def _key(self) -> str:
        # Published examples of 0.1.0 use it.
        return self._session_key

    @observed("session.count")
    async def count(self) -> int:
        """Count the stored items.

        Returns:
            The length of the Redis list.
        """
        self._check_usable()
        return await self._stored.length()

    @observed("session.expires_in")
    async def expires_in(self) -> int | None:
        """Return the seconds until the conversation expires, without refreshing its TTL.

        Returns:
            Seconds, or None if it does not expire or does not exist; `count()` tells the two apart.
        """
        self._check_usable()
        return await self._stored.seconds_left()

    @observed("session.ping")
    async def ping(self) -> bool:
        """Return whether Redis responds.

        Returns:
            True if it does; False if it is unreachable or rejects the client.
        """
        self._check_usable()
        try:
            await self._stored.ping()
        except RedisError as error:
            _observer.failed(error)
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
