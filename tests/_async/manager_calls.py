# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The calls of a manager, to see that its client serves them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai_agents_session import RedisSessionManager

HELLO = {"role": "user", "content": "Hello", "metadata": {}}


async def store_and_read(manager: RedisSessionManager) -> None:
    """Use a manager in every way."""
    for n in range(12):  # on all nodes of a cluster
        session_id = f"user-{n}"
        assert await manager.store_message(session_id, "user", "Hello") is True
        assert await manager.get_history(session_id) == [HELLO]
        assert (await manager.stats(session_id)).count == 1
        session = manager.session(session_id)
        assert await session.pop_item() == {"role": "user", "content": "Hello"}
        async with session.lock(blocking_timeout=0):
            assert await session.ping() is True
        assert await manager.store_message(session_id, "user", "Hello") is True
    ids = [session_id async for session_id in manager.session_ids()]
    assert sorted(ids) == sorted(f"user-{n}" for n in range(12))
    for session_id in ids:
        assert await manager.clear_session(session_id) is True
    assert [session_id async for session_id in manager.session_ids()] == []
