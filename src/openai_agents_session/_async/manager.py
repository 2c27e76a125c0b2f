# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The manager: chat histories of many sessions on one client, with or without agents."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from .._arguments import check_max_items, check_ttl
from .._connect.environment import DEFAULT_TTL, connection, lifetime, overridden
from .._keys import listing_pattern, session_key, session_keys, user_keys
from .chat_history import AsyncChatHistory
from .clients import open_client
from .delivery import AsyncDelivery
from .listing import session_ids
from .managed import ManagedSession, OwnedSession
from .operations import observed
from .user_sessions import UserSessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from agents.memory import SessionSettings

    from .._aio import Client
    from .._stats import SessionStats
    from .session import RedisSession

logger = logging.getLogger("openai_agents_session")


class RedisSessionManager(AsyncChatHistory):
    """Chat histories of many sessions on one client, for applications with or without agents.

    Each message is one JSON object in the Redis list `{key_prefix}:{session_id}`, oldest first.

    `store_message`, `get_history` and `clear_session` are best effort: if Redis fails, they log the
    cause and return False or an empty list. With `strict=True` they raise. An invalid argument
    always raises.

    Example:
        ```python
        async with RedisSessionManager() as manager:
            await manager.store_message('user-123', 'user', 'Hello', metadata={'channel': 'web'})
            messages = await manager.get_history('user-123', limit=10)
        ```
    """

    __module__ = "openai_agents_session"
    _name = "session manager"

    def __init__(
        self,
        redis_client: Client | None = None,
        *,
        url: str | None = None,
        key_prefix: str = "session",
        ttl: int | None = DEFAULT_TTL,
        session_settings: SessionSettings | Mapping[str, Any] | None = None,
        max_items: int | None = None,
        redis_kwargs: Mapping[str, Any] | None = None,
        strict: bool = False,
    ) -> None:
        """Create a manager on your own client, or on one that `close()` closes.

        Without a client or a URL, the environment says where Redis is: `REDIS_URL`, or, with
        `REDIS_ENABLED=true`, `REDIS_HOST` and `REDIS_PORT`, with `REDIS_DB` and `REDIS_PASSWORD`.
        If it says nothing, or `REDIS_ENABLED=false`, sessions are kept in memory, shared by all
        managers and sessions of this process.

        Args:
            redis_client: Your own `redis.asyncio` client, which closing the manager leaves open.
            url: Where Redis is, as in `RedisSession.from_url`.
            key_prefix: Prefix of the names of all keys.
            ttl: Seconds after which an idle session expires; None disables expiry. Storing sets it,
                and reading refreshes it. The default is `REDIS_TTL`, or 3600 without it.
            session_settings: The SDK's settings, such as the default limit of `get_history`.
            max_items: Maximum number of items in a session, in whole turns; None keeps everything.
            redis_kwargs: Further arguments for the manager's own client, such as `socket_timeout`.
            strict: Whether `store_message`, `get_history` and `clear_session` raise if Redis fails,
                as a session does, so that callers can tell an empty history from a broken Redis.

        Raises:
            TypeError: An argument is of the wrong type, or both a client and a URL were passed.
            ValueError: An argument or a variable, named in the error, cannot be used.
            ImportError: Sessions are to be kept in memory, and the extra for that is not installed.
        """
        session_keys(session_key(key_prefix, "any"))  # refuse a bad prefix now, not later
        self._key_prefix = key_prefix
        self._ttl = check_ttl(lifetime(os.environ) if ttl is DEFAULT_TTL else ttl)
        self._session_settings = session_settings
        self._max_items = check_max_items(max_items)
        self._strict = strict
        owned = redis_client is None
        if redis_client is None:
            options: dict[str, Any] = {}
            if url is None:
                url, options = connection(os.environ)
            redis_client = open_client(url, overridden(options, redis_kwargs or {}))
        elif url is not None or redis_kwargs is not None:
            raise TypeError("pass either redis_client, or url and redis_kwargs, not both")
        self._hold(redis_client, owned=owned)

    @property
    def client(self) -> Client:
        """The client of redis-py that the manager uses, for other commands."""
        return self._client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} key_prefix={self._key_prefix!r}>"

    def session(self, session_id: str) -> RedisSession:
        """Return a session on the same data and client, for a Runner.

        It reads stored messages without their metadata, which the model's API would refuse. If
        Redis fails, it raises as any session does. It cannot be used after the manager is closed.

        Args:
            session_id: Names the session.

        Returns:
            The session; creating one costs nothing.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
        """
        self._check_open()
        options = self._options(self._key_prefix)
        return ManagedSession(self._check_open, session_id, self._client, **options)

    def user(self, user_id: str) -> UserSessions:
        """Return the conversations of a user: to list, to open, to delete.

        They are stored apart from the manager's other sessions, and only this user id leads to
        them. Pass the id of the user who is logged in, and never one that a request merely names.

        Args:
            user_id: Names the user; braces are not allowed.

        Returns:
            The conversations; creating this costs nothing.

        Raises:
            TypeError: The user_id is not a string.
            ValueError: The user_id cannot be used, or the manager's key prefix contains a brace.
        """
        self._check_open()
        keys = user_keys(self._key_prefix, user_id)
        open_session = partial(
            OwnedSession,
            keys,
            self._check_open,
            redis_client=self._client,
            **self._options(keys.key_prefix),
        )
        return UserSessions(keys, self._transport, open_session, self._stored, self._check_usable)

    def session_ids(self, match: str | None = None) -> AsyncIterator[str]:
        """Iterate over the stored sessions, in no particular order, without blocking the server.

        Sessions created or deleted during the iteration may be missing. Each one is returned once:
        the iterator remembers the ids. It refreshes no TTL.

        Args:
            match: A glob for the ids, such as `user-*`.

        Returns:
            An iterator over session ids, which raises if Redis fails.

        Raises:
            TypeError: The glob is not a string.
        """
        self._check_open()
        return self._listed(listing_pattern(self._key_prefix, match))

    @observed("manager.stats", by_id=True)
    async def stats(self, session_id: str) -> SessionStats:
        """Return the size of a session and when it expires, without refreshing its TTL.

        Args:
            session_id: Names the session.

        Returns:
            The number of items (`count`), their size in Redis (`bytes`), and the seconds until the
            idle session expires (`expires_in`, None if it does not). If Redis fails, it raises as
            a session does.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
        """
        return await self._stored(session_id).stats()

    def _options(self, key_prefix: str) -> dict[str, Any]:
        return {
            "key_prefix": key_prefix,
            "ttl": self._ttl,
            "session_settings": self._session_settings,
            "max_items": self._max_items,
        }

    async def _listed(self, pattern: bytes) -> AsyncIterator[str]:
        self._loop_guard.check()
        delivery = AsyncDelivery(self._transport, f"session keys {self._key_prefix + ':*'!r}")
        async for session_id in session_ids(delivery, self._key_prefix, pattern):
            yield session_id
