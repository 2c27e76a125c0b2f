# Generated from tests/_async/manager_calls.py by tools/generate.py; edit that file instead.
"""The calls of a manager, to see that its client serves them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai_agents_session import SyncRedisSessionManager

HELLO = {"role": "user", "content": "Hello", "metadata": {}}


def store_and_read(manager: SyncRedisSessionManager) -> None:
    """Use a manager in every way."""
    for n in range(12):  # on all nodes of a cluster
        session_id = f"user-{n}"
        assert manager.store_message(session_id, "user", "Hello") is True
        assert manager.get_history(session_id) == [HELLO]
        assert (manager.stats(session_id)).count == 1
        session = manager.session(session_id)
        assert session.pop_item() == {"role": "user", "content": "Hello"}
        with session.lock(blocking_timeout=0):
            assert session.ping() is True
        assert manager.store_message(session_id, "user", "Hello") is True
    ids = [session_id for session_id in manager.session_ids()]
    assert sorted(ids) == sorted(f"user-{n}" for n in range(12))
    for session_id in ids:
        assert manager.clear_session(session_id) is True
    assert [session_id for session_id in manager.session_ids()] == []
