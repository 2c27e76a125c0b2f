# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""Titles and metadata of a user's conversations: what is stored, and for how long."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import RedisSessionManager, SessionPage, UserSessions

from ..support.users import INDEX, A, info

if TYPE_CHECKING:
    from .._aio import Redis


@pytest.fixture
async def alice(client: Redis) -> UserSessions:
    """The conversations of alice, through every kind of client."""
    return RedisSessionManager(client, ttl=None).user("alice")


async def fill(user: UserSessions, *session_ids: str) -> None:
    for session_id in session_ids:
        await user.session(session_id).add_items([A])


async def test_update(alice: UserSessions) -> None:
    await fill(alice, "holiday", "other")
    before = (await alice.page()).sessions
    assert await alice.update("holiday", title="Rome", metadata={"model": "x", "n": 1}) is True
    other, found = (await alice.page()).sessions  # it has not moved: this is no activity
    assert (found.title, found.metadata) == ("Rome", {"model": "x", "n": 1})
    assert (found.created_at, found.updated_at) == (before[1].created_at, before[1].updated_at)
    assert other == before[0]
    assert await alice.update("holiday", metadata={"b": 2}) is True
    assert (await alice.page()).sessions[1].title == "Rome"
    assert (await alice.page()).sessions[1].metadata == {"b": 2}  # replaced as a whole
    assert await alice.update("holiday") is True
    assert (await alice.page()).sessions[1].metadata == {"b": 2}
    assert await alice.update("holiday", title="") is True
    assert (await alice.page()).sessions[1].title is None
    assert await alice.update("holiday", title="Paris", metadata={}) is True
    found = replace(found, title="Paris", metadata={})
    assert (await alice.page()).sessions == [other, found]


async def test_update_of_what_holds_no_items(alice: UserSessions, client: Redis) -> None:
    assert await alice.update("holiday", title="Rome", metadata={"a": 1}) is False
    assert await client.exists(info("holiday"), INDEX) == 0
    await fill(alice, "holiday")
    assert await alice.update("holiday", title="Rome") is True
    await alice.session("holiday").clear_session()
    assert await alice.update("holiday", title="Paris") is False
    await fill(alice, "holiday")
    assert (await alice.page()).sessions[0].title == "Rome"


TEXTS = [
    "Rome",
    "\U0001f600",
    "\ud800 alone",
    "\x00\n\x7f",
    "<b>",
    '"',
    "null",
    "\u2028",
    "x" * 9999,
]


@pytest.mark.parametrize("text", TEXTS)
async def test_titles_of_any_text(alice: UserSessions, text: str) -> None:
    await fill(alice, "holiday")
    assert await alice.update("holiday", title=text, metadata={text: [text]}) is True
    [found] = (await alice.page()).sessions
    assert (found.title, found.metadata) == (text, {text: [text]})


async def test_metadata_of_any_json(alice: UserSessions) -> None:
    await fill(alice, "holiday")
    metadata = {"": None, "n": 2**80, "f": 1.0, "deep": {"list": [[], {}, True]}, "e": 1e-300}
    await alice.update("holiday", metadata=metadata)
    [found] = (await alice.page()).sessions
    assert repr(found.metadata) == repr(metadata)


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"title": 5}, TypeError, "title must be a string or None"),
    ({"title": b"a"}, TypeError, "title must be a string or None"),
    ({"metadata": [1]}, TypeError, "metadata must be a mapping or None"),
    ({"metadata": "a"}, TypeError, "metadata must be a mapping or None"),
    ({"metadata": {1: 2}}, TypeError, "metadata cannot be stored as JSON"),
    ({"metadata": {"a": {1}}}, TypeError, "metadata cannot be stored as JSON"),
    ({"metadata": {"a": float("nan")}}, ValueError, "metadata cannot be stored as JSON"),
    ({"title": "\ud83d\ude00"}, ValueError, "title contains a surrogate pair"),
]


@pytest.mark.parametrize(("changes", "error", "text"), WRONG)
async def test_what_cannot_be_stored(
    alice: UserSessions, changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    await fill(alice, "holiday")
    before = await alice.page()
    with pytest.raises(error, match=text):
        await alice.update("holiday", **{"title": "new", **changes})
    assert await alice.page() == before


TITLE, METADATA = "\U0001f600" * 10_000, {"a": "x" * (65_536 - len('{"a":""}'))}


async def test_the_longest_title_and_metadata(alice: UserSessions) -> None:
    await fill(alice, "holiday")
    assert await alice.update("holiday", title=TITLE, metadata=METADATA) is True
    [found] = (await alice.page()).sessions
    assert (found.title, found.metadata) == (TITLE, METADATA)
    for too_long, text in (
        ({"title": f"{TITLE}x", "metadata": {}}, "at most 10000 characters, not 10001"),
        ({"title": "x" * 10_000_000}, "at most 10000 characters"),
        ({"title": "", "metadata": {"a": f"{METADATA['a']}x"}}, "at most 65536 bytes"),
        ({"metadata": {"a": "\u00fc" * 40_000}}, "at most 65536 bytes as JSON, not 80008"),
    ):
        changes: dict[str, Any] = too_long
        with pytest.raises(ValueError, match=text):
            await alice.update("holiday", **changes)
        with pytest.raises(ValueError, match=text):
            await alice.update("nothing", **changes)
    assert (await alice.page()).sessions == [found]


async def test_what_is_longer_in_redis_is_read(alice: UserSessions, client: Redis) -> None:
    await fill(alice, "holiday")
    title, metadata = f"{TITLE}x", {"a": f"{METADATA['a']}x"}
    fields: Any = {"title": json.dumps(title), "metadata": json.dumps(metadata)}
    await client.hset(info("holiday"), mapping=fields)
    [found] = (await alice.page()).sessions
    assert (found.title, found.metadata) == (title, metadata)
    assert await alice.update("holiday", metadata={"b": 1}) is True
    [found] = [each async for each in alice.sessions()]
    assert (found.title, found.metadata) == (title, {"b": 1})


@pytest.mark.parametrize("empty", ["clear", "pop", "replace"])
async def test_an_emptied_conversation_that_is_filled_again(
    alice: UserSessions, client: Redis, empty: str
) -> None:
    await fill(alice, "holiday")
    await alice.update("holiday", title="Rome", metadata={"a": 1})
    [before] = (await alice.page()).sessions
    session = alice.session("holiday")
    if empty == "clear":
        await session.clear_session()
    elif empty == "pop":
        assert await session.pop_item() == A
    else:
        await session.replace_items([])
    assert await alice.page() == SessionPage([], None)
    assert await alice.count() == 0
    assert 110 < await client.ttl(info("holiday")) <= 120
    await fill(alice, "holiday")
    [after] = (await alice.page()).sessions
    assert (after.title, after.metadata, after.created_at) == ("Rome", {"a": 1}, before.created_at)
    assert after.updated_at > before.updated_at
    assert await client.ttl(info("holiday")) == -1
