# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Chat history without an agent: messages in, messages out, as best they can."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from .. import _observer
from .._arguments import resolve_limit
from .._chat_messages import make_message
from .._codec import encode_items
from .._errors import cause_of
from .._keys import session_key, session_keys, subject
from .._public_names import methods_of
from .._turn_records import check_key
from .client_owner import AsyncClientOwner
from .conversation import AsyncConversation
from .delivery import AsyncDelivery
from .operations import observed, one, returned
from .stored_list import AsyncStoredList, add_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.memory import SessionSettings

    from .._codec import Item

logger = logging.getLogger("openai_agents_session")


@methods_of("RedisSessionManager")
class AsyncChatHistory(AsyncClientOwner):
    """The part of a manager that reads and writes messages itself."""

    _key_prefix: str
    _ttl: int | None
    _session_settings: SessionSettings | Mapping[str, Any] | None
    _max_items: int | None
    _strict: bool

    @observed("manager.store_message", items=one, by_id=True)
    async def store_message(
        self,
        session_id: str,
        role: str,
        content: str | list[Any],
        metadata: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> bool:
        """Append a message to a session's history, and set its TTL.

        Args:
            session_id: Names the session.
            role: The author, such as `user` or `assistant`.
            content: A text, or a list of parts.
            metadata: Further data, for `get_history` only: a Runner and its model never see it.
            idempotency_key: Names the message: a later call with this key stores nothing within 24
                hours, and returns as the first one did.

        Returns:
            True if it was stored; False if Redis failed, which is logged.

        Raises:
            TypeError: An argument is of the wrong type, or contains a value that JSON cannot
                represent.
            ValueError: An argument cannot be used: an empty name, or NaN in the metadata.
            RedisError: Redis failed, and the manager is strict.
        """
        stored = self._stored(session_id)
        key = check_key(idempotency_key)
        elements = encode_items([make_message(role, content, metadata)])
        try:
            await (add_once(stored, elements, key) if key else stored.append(elements))
        except RedisError as error:
            self._failed("store_message", session_id, error)
            return False
        return True

    @observed("manager.get_history", items=returned, by_id=True)
    async def get_history(self, session_id: str, limit: int | None = None) -> list[Item]:
        """Return a session's history, oldest message first, and refresh its TTL.

        Messages of `store_message` have the fields role, content and metadata. What a Runner has
        stored is returned as it is.

        Args:
            session_id: Names the session.
            limit: Maximum number of messages to return, counted from the newest. None uses the
                limit in `session_settings`, or returns everything if that has none. Zero or less
                returns an empty list.

        Returns:
            The messages; an empty list also if Redis failed, which is logged.

        Raises:
            TypeError: An argument is of the wrong type.
            ValueError: The session_id cannot be used.
            RedisError: Redis failed, and the manager is strict.
        """
        conversation = self._conversation(session_id)
        wanted = resolve_limit(limit, self._session_settings)
        try:
            return await conversation.newest(wanted)
        except RedisError as error:
            self._failed("get_history", session_id, error)
            return []

    @observed("manager.clear_session", by_id=True)
    async def clear_session(self, session_id: str) -> bool:
        """Delete a session's history.

        Args:
            session_id: Names the session.

        Returns:
            True if it is gone, or was never there; False if Redis failed, which is logged.

        Raises:
            TypeError: The session_id is not a string.
            ValueError: The session_id cannot be used.
            RedisError: Redis failed, and the manager is strict.
        """
        conversation = self._conversation(session_id)
        try:
            await conversation.clear()
        except RedisError as error:
            self._failed("clear_session", session_id, error)
            return False
        return True

    @property
    def _target(self) -> _observer.Target:
        return _observer.Target(self._key_prefix)

    def _conversation(self, session_id: str) -> AsyncConversation:
        return AsyncConversation(self._stored(session_id))

    def _stored(self, session_id: str) -> AsyncStoredList:
        self._check_usable()
        key = session_key(self._key_prefix, session_id)
        delivery = AsyncDelivery(self._transport, subject(key))
        return AsyncStoredList(delivery, session_keys(key), self._ttl, self._max_items)

    def _failed(self, operation: str, session_id: str, error: RedisError) -> None:
        """Log why an operation failed; raise it for callers who asked for that."""
        if self._strict:
            raise error
        _observer.failed(error)
        key = session_key(self._key_prefix, session_id)
        logger.error("session key %r: %s failed: %s", key, operation, cause_of(error))
