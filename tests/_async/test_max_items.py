# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Histories that keep their newest turns only, and never begin inside a tool call."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ResponseError

from openai_agents_session import RedisSession

from .._aio import Redis
from ..support.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..support.proxy import FaultProxy

KEY = "openai_agents_session:user-123"

Items = list[Any]


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def said(text: str) -> Any:
    return {
        "id": f"msg_{text}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    }


def reasoning(number: int) -> Any:
    return {"id": f"rs_{number}", "type": "reasoning", "summary": [], "encrypted_content": "gA=="}


def call(number: int, tool: str = "get_weather") -> Any:
    return {
        "id": f"fc_{number}",
        "type": "function_call",
        "call_id": f"call_{number}",
        "name": tool,
        "arguments": '{"role":"user"}',
        "status": "completed",
    }


def output(number: int, text: str = "sunny") -> Any:
    return {"type": "function_call_output", "call_id": f"call_{number}", "output": text}


CHAT: Items = [user("Hello"), said("Hi")]
PARALLEL: Items = [
    user("Weather in Rome and Oslo?"),
    reasoning(1),
    call(1),
    call(2),
    output(1),
    output(2),
    said("Sunny in both"),
]
HANDOFF: Items = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Refund"}]},
    call(3, "transfer_to_billing"),
    output(3, '{"assistant": "billing"}'),
    reasoning(2),
    said("Done"),
]


async def fill(session: RedisSession, *batches: Items) -> None:
    for batch in batches:
        await session.add_items(batch)


@pytest.mark.parametrize(
    ("max_items", "kept"),
    [
        (100, [*CHAT, *PARALLEL, *HANDOFF]),
        (14, [*CHAT, *PARALLEL, *HANDOFF]),
        (13, [*PARALLEL, *HANDOFF]),
        (12, [*PARALLEL, *HANDOFF]),
        (11, HANDOFF),  # the tool calls of the turn before would fit in part
        (5, HANDOFF),
        (4, HANDOFF),  # a turn that goes on is never cut
        (1, HANDOFF),
    ],
)
@pytest.mark.parametrize("ttl", [None, 100])
async def test_whole_turns_go(client: Redis, max_items: int, kept: Items, ttl: int | None) -> None:
    session = RedisSession("user-123", client, max_items=max_items, ttl=ttl)
    for turn in (CHAT, PARALLEL, HANDOFF):  # as the Runner does: the input first, then the rest
        await fill(session, turn[:1], turn[1:])
    assert await session.get_items() == kept
    assert await session.expires_in() == ttl


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_a_turn_that_is_longer_than_the_limit_stays_whole(client: Redis, size: int) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await fill(session, CHAT, CHAT)
    assert await session.get_items() == CHAT
    for start in range(0, len(PARALLEL), size):
        await session.add_items(PARALLEL[start : start + size])
        assert await session.get_items() == PARALLEL[: start + size]
    await session.add_items(CHAT)
    assert await session.get_items() == CHAT


async def test_the_new_batch_is_never_cut(client: Redis) -> None:
    session = RedisSession("user-123", client, max_items=3)
    await session.add_items([*CHAT, *PARALLEL])
    assert await session.get_items() == [*CHAT, *PARALLEL]
    await session.add_items([*CHAT, *CHAT])
    assert await session.get_items() == [*CHAT, *CHAT]
    await session.add_items([said("late"), *CHAT, *CHAT])  # the turn before goes on
    assert await session.get_items() == [*CHAT, said("late"), *CHAT, *CHAT]


async def test_without_a_user_message_nothing_goes(client: Redis) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await fill(session, PARALLEL[1:], HANDOFF[1:])
    assert await session.get_items() == [*PARALLEL[1:], *HANDOFF[1:]]
    await session.add_items(CHAT)
    assert await session.get_items() == CHAT


OTHERS: dict[str, Any] = {
    "an assistant": {"role": "assistant", "content": '"user"'},
    "the system": {"role": "system", "content": "user"},
    "another type": {"type": "item_reference", "role": "user"},
    "a role that is not a text": {"role": ["user"]},
    "user deeper down": {"type": "x", "content": {"role": "user"}},
}


@pytest.mark.parametrize("name", OTHERS)
async def test_what_is_no_user_message(client: Redis, name: str) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await fill(session, CHAT, [OTHERS[name]], [said("a")], [said("b")])
    assert await session.get_items() == [*CHAT, OTHERS[name], said("a"), said("b")]


MESSAGES: dict[str, Any] = {
    "short": {"role": "user", "content": "x"},
    "with its type": {"type": "message", "role": "user", "content": []},
    "with an empty type": {"type": None, "role": "user", "content": []},
    "with an emoji": {"content": "\U0001f600", "role": "user"},
    "nested": {"role": "user", "content": [[[[[[{"a": [None, True]}]]]]]]},
}


@pytest.mark.parametrize("name", MESSAGES)
async def test_what_is_a_user_message(client: Redis, name: str) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await fill(session, CHAT, [MESSAGES[name]], [said("a")], [said("b")])
    assert await session.get_items() == [MESSAGES[name], said("a"), said("b")]


async def test_numbers_of_any_size_are_no_obstacle(real_client: Redis) -> None:
    big = {"role": "user", "content": "x", "n": 10**40, "m": -1e308}
    session = RedisSession("user-123", real_client, max_items=2)
    await fill(session, CHAT, [big], [said("a")], [said("b")])
    assert await session.get_items() == [big, said("a"), said("b")]


UNREADABLE: list[Any] = [
    '{"role":"user"',
    '["user"]',
    '"user"',
    b'{"role":"user","x":"\xff"',
    '{"role":"user"} more',
    '{"role":"user","x":' + "[" * 2000 + "]" * 2000 + "}",
]


@pytest.mark.parametrize("number", range(len(UNREADABLE)))
async def test_a_history_never_begins_at_what_cannot_be_read(client: Redis, number: int) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await session.add_items(CHAT)
    await client.rpush(KEY, UNREADABLE[number])
    await session.add_items([said("a")])
    assert await session.count() == 4
    await session.add_items([user("b")])
    assert await session.get_items() == [user("b")]


async def test_a_lone_surrogate_stops_nothing(client: Redis) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await fill(session, CHAT, [user("\ud800")], CHAT, [user("\udfff"), said("a")], [said("b")])
    items: Any = await session.get_items()
    assert items[0]["role"] == "user"
    assert items[-3:] == [user("\udfff"), said("a"), said("b")]


async def test_a_longer_history_of_before_is_cut_at_once(client: Redis) -> None:
    turns = [[user(str(n)), said(str(n))] for n in range(1500)]
    await RedisSession("user-123", client).add_items([item for turn in turns for item in turn])
    session = RedisSession("user-123", client, max_items=101)
    await session.add_items([user("now")])
    assert await session.get_items() == [*(i for turn in turns[-50:] for i in turn), user("now")]


async def test_replacing_is_not_limited(client: Redis) -> None:
    session = RedisSession("user-123", client, max_items=2)
    await session.replace_items([*CHAT, *CHAT])
    assert await session.get_items() == [*CHAT, *CHAT]


def expected(before: Items, batch: Items, most: int) -> Items:
    """What the documentation promises, in so many words."""
    items = [*before, *batch]
    starts = [n for n, item in enumerate(items) if item.get("role") == "user" and n <= len(before)]
    if len(items) <= most or not starts:
        return items
    return items[next((n for n in starts if len(items) - n <= most), starts[-1]) :]


@pytest.mark.parametrize("seed", range(8))
async def test_any_batches(client: Redis, seed: int) -> None:
    chance = random.Random(seed)
    most = chance.randint(1, 40)
    session = RedisSession("user-123", client, max_items=most)
    model: Items = []
    for _ in range(60):
        turn = chance.choice([CHAT, PARALLEL, HANDOFF, PARALLEL[1:]])
        batch = turn[: chance.randint(1, len(turn))]
        await session.add_items(batch)
        model = expected(model, batch, most)
        assert await session.get_items() == model


async def test_a_call_whose_reply_is_lost_acts_once(proxy: FaultProxy) -> None:
    async with RedisSession.from_url("user-123", proxy.url, max_items=4) as session:
        await fill(session, CHAT, PARALLEL[:2])
        lost = proxy.arm("cut_after", b"EVALSHA")
        await session.add_items(HANDOFF[:2])
        assert lost.fired == 1
        assert await session.get_items() == [*PARALLEL[:2], *HANDOFF[:2]]


async def test_what_is_refused_changes_nothing(server: Server, real_client: Redis) -> None:
    await fill(RedisSession("user-123", real_client, max_items=2), CHAT)
    refused = ("LTRIM", "RPUSH", "LRANGE", "LLEN", "EXPIRE")
    for command in refused:
        server.command("ACL", "SETUSER", "ada", "on", ">pw", "~*", "+@all", f"-{command}")
        try:
            limited = Redis(host=server.host, port=server.port, username="ada", password="pw")
            session = RedisSession("user-123", limited, max_items=3, ttl=100)
            with pytest.raises(ResponseError, match=r"permission|can't run"):
                await session.add_items(CHAT)
            await limited.aclose()
        finally:
            server.command("ACL", "DELUSER", "ada")
        assert await RedisSession("user-123", real_client).get_items() == CHAT


async def test_a_full_server_changes_nothing() -> None:
    with Server() as server:
        client = Redis(host=server.host, port=server.port)
        session = RedisSession("user-123", client, max_items=2)
        await session.add_items(CHAT)
        server.command("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(ResponseError, match="used memory"):
            await session.add_items(HANDOFF)
        assert await session.get_items() == CHAT
        await client.aclose()


async def test_a_short_history_is_not_read(server: Server, real_client: Redis) -> None:
    session = RedisSession("user-123", real_client, max_items=100)
    await fill(session, *[CHAT] * 50)
    server.command("CONFIG", "RESETSTAT")
    await fill(session, *[CHAT] * 20)
    reads = server.info("commandstats")["cmdstat_lrange"]
    # One small window at the front for each, never the whole history.
    assert int(_field(reads, "calls")) <= 20
    await session.clear_session()
    server.command("CONFIG", "RESETSTAT")
    await fill(session, *[CHAT] * 50)
    assert "cmdstat_lrange" not in server.info("commandstats")


def _field(fields: str, name: str) -> str:
    pairs: Sequence[list[str]] = [pair.split("=") for pair in fields.split(",")]
    return next(value for key, value in pairs if key == name)
