"""What the SDK's RedisSession has stored: a list of messages for each conversation."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .element_pages import stored_pages
from .sdk_sources import SourceConversation, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX = ":messages"


class SdkRedis:
    """A server on which the SDK's RedisSession has stored conversations.

    Raises:
        ValueError: The URL cannot be used.
    """

    def __init__(self, url: str, key_prefix: str) -> None:
        self._key_prefix = key_prefix
        self._manager = SyncRedisSessionManager(url=url, key_prefix=key_prefix, ttl=None)

    def conversations(self) -> Iterator[SourceConversation]:
        """Yield all conversations, found with SCAN."""
        pattern = f"{literal(self._key_prefix)}:*{_SUFFIX}"
        found = self._manager.client.scan_iter(match=pattern, count=1000, _type="list")
        for key in dict.fromkeys(found):  # SCAN may return a key twice
            name = key if isinstance(key, str) else key.decode("utf-8", "backslashreplace")
            session_id = name[len(self._key_prefix) + 1 : -len(_SUFFIX)]
            if isinstance(key, bytes) and name.encode() != key:
                yield SourceConversation(session_id, None, (), "its id is not UTF-8")
            else:
                yield self._read(session_id)

    def close(self) -> None:
        """Close the client."""
        self._manager.close()

    def _read(self, session_id: str) -> SourceConversation:
        try:
            name = f"{session_id}{_SUFFIX}"
            session = SyncRedisSession(name, self._manager.client, key_prefix=self._key_prefix)
        except ValueError as error:
            return SourceConversation(session_id, None, (), str(error))
        elements = chain.from_iterable(stored_pages(session))
        return SourceConversation(session_id, session.expires_in(), elements)
