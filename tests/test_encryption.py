"""The SDK's encryption around both APIs, and compaction inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
from agents.memory import SessionSettings

from .support.wrappers import SUMMARY, TURNS, FakeOpenAI, compacting, talk

if TYPE_CHECKING:
    from .support.server import Server

KEY = "openai_agents_session:ada"
ENCRYPTION_KEY = "a key for tests, which protects nothing"


def encrypted(session: Any, ttl: int = 600) -> Any:
    extension = pytest.importorskip("agents.extensions.memory.encrypt_session")
    return extension.EncryptedSession("ada", session, ENCRYPTION_KEY, ttl=ttl)


async def test_an_encrypted_conversation(session: Any, server: Server) -> None:
    wrapped = encrypted(session)
    assert (await talk(wrapped, *TURNS)).startswith("This is turn 2. Your name: Ada.")
    with redis.Redis(host=server.host, port=server.port) as client:
        stored = client.lrange(KEY, 0, -1)
    assert len(stored) == 4
    assert not [element for element in stored if b"Ada" in element or b"role" in element]
    assert (await wrapped.pop_item())["role"] == "assistant"
    assert len(await wrapped.get_items()) == 3
    wrapped.session_settings = SessionSettings(limit=1)
    assert len(await wrapped.get_items()) == 1
    await wrapped.clear_session()
    assert await session.get_items(99) == []


async def test_compaction_inside_encryption(session: Any, openai: FakeOpenAI) -> None:
    wrapped = encrypted(compacting(session, openai, least=4))
    if not hasattr(type(wrapped), "_get_compaction_snapshot"):
        pytest.skip("this SDK compacts no encrypted history")
    await talk(wrapped, "Hello", TURNS[0])
    assert await wrapped.get_items() == SUMMARY
    assert [set(item) for item in await session.get_items()] == [
        {"__enc__", "v", "kid", "payload"}
    ] * 2


async def test_compaction_prunes_what_encryption_let_expire(
    session: Any, openai: FakeOpenAI
) -> None:
    wrapped = encrypted(compacting(session, openai, least=2), ttl=60)
    if not hasattr(type(wrapped), "_get_compaction_snapshot"):
        pytest.skip("this SDK compacts no encrypted history")
    expired = [old_envelope(wrapped, "Hello") for _ in range(5)]
    await session.add_items(expired)
    await talk(wrapped, "Hello")
    assert await wrapped.get_items() == SUMMARY
    assert len(await session.get_items()) == 2


def old_envelope(wrapped: Any, text: str) -> Any:
    """Encrypt a message as of 1970."""
    token = wrapped.cipher.encrypt_at_time(f'{{"role":"user","content":"{text}"}}'.encode(), 1)
    return {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token.decode()}
