# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Taking the last turns out of a conversation, and copying it without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSession, RedisSessionManager

if TYPE_CHECKING:
    from .._aio import Redis, RedisCluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

# u: a user message, a: an answer, c: a tool call, x: encrypted, without a role.
KINDS: dict[str, Any] = {
    "u": {"role": "user", "content": "a question"},
    "a": {"role": "assistant", "content": "an answer"},
    "c": {"type": "function_call", "name": "weather", "role": "user"},
    "x": {"payload": "encrypted"},
}


def talk(kinds: str) -> list[Any]:
    return [{**KINDS[kind], "n": number} for number, kind in enumerate(kinds)]


CASES = [
    ("uaua", 1, "ua"),
    ("uaua", 2, ""),
    ("uaua", 3, ""),
    ("uauua", 1, "ua"),  # several user messages in a row begin one turn
    ("uuuaua", 1, "uuua"),
    ("auaua", 9, "a"),  # a greeting before the first user message stays
    ("uacau", 1, "uaca"),
    ("uaca", 1, ""),
    ("xxx", 1, "xxx"),
    ("", 1, ""),
    ("uaua", 0, "uaua"),
    ("ua" * 20 + "u" + "a" * 40, 1, "ua" * 20),
    ("a" * 17 + "u" * 17 + "a" * 16, 1, "a" * 17),
]


@pytest.mark.parametrize(("before", "turns", "after"), CASES)
async def test_the_last_turns_go(client: Redis, before: str, turns: int, after: str) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(talk(before))
    assert await session.rewind(turns) == talk(before)[len(after) :]
    assert await session.get_items() == talk(before)[: len(after)]


@pytest.mark.parametrize(("before", "turns", "after"), CASES)
async def test_a_copy_without_the_last_turns(
    client: Redis, before: str, turns: int, after: str
) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(talk(before))
    copy = await session.fork("copy", rewind=turns)
    assert copy.session_id == "copy"
    assert await copy.get_items() == talk(before)[: len(after)]
    assert await session.get_items() == talk(before)
    await copy.close()
    assert await session.count() == len(before)  # the client is not the copy's to close


@pytest.mark.parametrize("mode", ["cut_after", "cut_before"])
async def test_a_lost_reply(proxy: FaultProxy, mode: Any) -> None:
    async with RedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        for _ in range(2):  # by the text of the scripts, then by their digests
            await session.replace_items(talk("uaua"))
            proxy.arm(mode, b"EVAL")
            assert await session.rewind() == talk("uaua")[2:]
            assert await session.get_items() == talk("ua")
            assert await session.expires_in() == 1000
        proxy.arm(mode, b"EVAL")
        copy = await session.fork("copy")
        assert await copy.get_items() == talk("ua")
        assert proxy.stats.fired == 3


async def test_a_copy_does_not_replace_a_conversation(client: Redis) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(talk("ua"))
    await RedisSession("taken", client).add_items(talk("u"))
    for rewind in (0, 1):
        with pytest.raises(ValueError, match="taken' exists; choose another session_id"):
            await session.fork("taken", rewind=rewind)
    assert await RedisSession("taken", client).get_items() == talk("u")


async def test_a_copy_in_another_slot(cluster_client: RedisCluster) -> None:
    session = RedisSession("user-123", cluster_client, ttl=100)
    await session.replace_items(talk("uaua"))
    for number in range(8):
        copy = await session.fork(f"copy-{number}", rewind=1)
        assert await copy.get_items() == talk("ua")
        assert await copy.expires_in() == 100
        await copy.clear_session()
    assert len(await session.rewind()) == 2


async def test_a_manager_s_session_keeps_its_view(server: Server) -> None:
    async with RedisSessionManager(url=server.url) as manager:
        await manager.store_message("ada", "user", "Hi", {"seen": True})
        copy = await manager.session("ada").fork("bob")
        assert await copy.get_items() == [{"role": "user", "content": "Hi"}]
        assert await manager.get_history("bob") == await manager.get_history("ada")
        assert await copy.rewind() == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    ("turns", "error"), [(-1, ValueError), ("1", TypeError), (True, TypeError)]
)
async def test_a_number_of_turns_that_is_none(client: Redis, turns: Any, error: Any) -> None:
    session = RedisSession("user-123", client)
    await session.add_items(talk("ua"))
    with pytest.raises(error):
        await session.rewind(turns)
    with pytest.raises(error):
        await session.fork("copy", rewind=turns)
    assert await session.count() == 2
