# Generated from src/openai_agents_session/_async/managed.py by tools/generate.py; edit that file instead.
"""A session that a manager hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._chat_messages import without_metadata
from .._keys import info_key
from .._observer import Target
from .session import SyncRedisSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._keys import UserKeys


class ManagedSession(SyncRedisSession):
    """A session on a manager's client and data, which ends with the manager.

    It reads what a model accepts: stored messages without their metadata.
    """

    def __init__(self, check_manager: Callable[[], None], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._check_manager = check_manager
        self._conversation.view = without_metadata

    @property
    def _options(self) -> dict[str, Any]:
        return {
            "key_prefix": self._key_prefix,
            "ttl": None if self._stored.ttl is None else int(self._stored.ttl),
            "session_settings": self._settings,
            "max_items": self._stored.max_items,
        }

    def _check_open(self) -> None:
        super()._check_open()
        self._check_manager()

    def _sibling(self, session_id: str) -> ManagedSession:
        return ManagedSession(self._check_manager, session_id, self._client, **self._options)


class OwnedSession(ManagedSession):
    """A conversation of a user, which keeps the index of the user's conversations."""

    def __init__(
        self, user: UserKeys, check_manager: Callable[[], None], *args: Any, **options: Any
    ) -> None:
        super().__init__(check_manager, *args, **options)
        self._user = user
        self._stored.target = Target(user.manager_prefix, self.session_id)
        self._stored.index_keys = (user.index_key, info_key(self._keys))

    def _sibling(self, session_id: str) -> OwnedSession:
        return OwnedSession(
            self._user, self._check_manager, session_id, self._client, **self._options
        )
