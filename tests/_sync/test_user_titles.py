# Generated from tests/_async/test_user_titles.py by tools/generate.py; edit that file instead.
"""Titles and metadata of a user's conversations: what is stored, and for how long."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager, SessionPage, SyncUserSessions

from ..support.users import INDEX, A, info

if TYPE_CHECKING:
    from .._blocking import Redis


@pytest.fixture
def alice(client: Redis) -> SyncUserSessions:
    """The conversations of alice, through every kind of client."""
    return SyncRedisSessionManager(client, ttl=None).user("alice")


def fill(user: SyncUserSessions, *session_ids: str) -> None:
    for session_id in session_ids:
        user.session(session_id).add_items([A])


def test_update(alice: SyncUserSessions) -> None:
    fill(alice, "holiday", "other")
    before = (alice.page()).sessions
    assert alice.update("holiday", title="Rome", metadata={"model": "x", "n": 1}) is True
    other, found = (alice.page()).sessions  # it has not moved: this is no activity
    assert (found.title, found.metadata) == ("Rome", {"model": "x", "n": 1})
    assert (found.created_at, found.updated_at) == (before[1].created_at, before[1].updated_at)
    assert other == before[0]
    assert alice.update("holiday", metadata={"b": 2}) is True
    assert (alice.page()).sessions[1].title == "Rome"
    assert (alice.page()).sessions[1].metadata == {"b": 2}  # replaced as a whole
    assert alice.update("holiday") is True
    assert (alice.page()).sessions[1].metadata == {"b": 2}
    assert alice.update("holiday", title="") is True
    assert (alice.page()).sessions[1].title is None
    assert alice.update("holiday", title="Paris", metadata={}) is True
    found = replace(found, title="Paris", metadata={})
    assert (alice.page()).sessions == [other, found]


def test_update_of_what_holds_no_items(alice: SyncUserSessions, client: Redis) -> None:
    assert alice.update("holiday", title="Rome", metadata={"a": 1}) is False
    assert client.exists(info("holiday"), INDEX) == 0
    fill(alice, "holiday")
    assert alice.update("holiday", title="Rome") is True
    alice.session("holiday").clear_session()
    assert alice.update("holiday", title="Paris") is False
    fill(alice, "holiday")
    assert (alice.page()).sessions[0].title == "Rome"


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
def test_titles_of_any_text(alice: SyncUserSessions, text: str) -> None:
    fill(alice, "holiday")
    assert alice.update("holiday", title=text, metadata={text: [text]}) is True
    [found] = (alice.page()).sessions
    assert (found.title, found.metadata) == (text, {text: [text]})


def test_metadata_of_any_json(alice: SyncUserSessions) -> None:
    fill(alice, "holiday")
    metadata = {"": None, "n": 2**80, "f": 1.0, "deep": {"list": [[], {}, True]}, "e": 1e-300}
    alice.update("holiday", metadata=metadata)
    [found] = (alice.page()).sessions
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
def test_what_cannot_be_stored(
    alice: SyncUserSessions, changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    fill(alice, "holiday")
    before = alice.page()
    with pytest.raises(error, match=text):
        alice.update("holiday", **{"title": "new", **changes})
    assert alice.page() == before


TITLE, METADATA = "\U0001f600" * 10_000, {"a": "x" * (65_536 - len('{"a":""}'))}


def test_the_longest_title_and_metadata(alice: SyncUserSessions) -> None:
    fill(alice, "holiday")
    assert alice.update("holiday", title=TITLE, metadata=METADATA) is True
    [found] = (alice.page()).sessions
    assert (found.title, found.metadata) == (TITLE, METADATA)
    for too_long, text in (
        ({"title": f"{TITLE}x", "metadata": {}}, "at most 10000 characters, not 10001"),
        ({"title": "x" * 10_000_000}, "at most 10000 characters"),
        ({"title": "", "metadata": {"a": f"{METADATA['a']}x"}}, "at most 65536 bytes"),
        ({"metadata": {"a": "\u00fc" * 40_000}}, "at most 65536 bytes as JSON, not 80008"),
    ):
        changes: dict[str, Any] = too_long
        with pytest.raises(ValueError, match=text):
            alice.update("holiday", **changes)
        with pytest.raises(ValueError, match=text):
            alice.update("nothing", **changes)
    assert (alice.page()).sessions == [found]


def test_what_is_longer_in_redis_is_read(alice: SyncUserSessions, client: Redis) -> None:
    fill(alice, "holiday")
    title, metadata = f"{TITLE}x", {"a": f"{METADATA['a']}x"}
    fields: Any = {"title": json.dumps(title), "metadata": json.dumps(metadata)}
    client.hset(info("holiday"), mapping=fields)
    [found] = (alice.page()).sessions
    assert (found.title, found.metadata) == (title, metadata)
    assert alice.update("holiday", metadata={"b": 1}) is True
    [found] = [each for each in alice.sessions()]
    assert (found.title, found.metadata) == (title, {"b": 1})


@pytest.mark.parametrize("empty", ["clear", "pop", "replace"])
def test_an_emptied_conversation_that_is_filled_again(
    alice: SyncUserSessions, client: Redis, empty: str
) -> None:
    fill(alice, "holiday")
    alice.update("holiday", title="Rome", metadata={"a": 1})
    [before] = (alice.page()).sessions
    session = alice.session("holiday")
    if empty == "clear":
        session.clear_session()
    elif empty == "pop":
        assert session.pop_item() == A
    else:
        session.replace_items([])
    assert alice.page() == SessionPage([], None)
    assert alice.count() == 0
    assert 110 < client.ttl(info("holiday")) <= 120
    fill(alice, "holiday")
    [after] = (alice.page()).sessions
    assert (after.title, after.metadata, after.created_at) == ("Rome", {"a": 1}, before.created_at)
    assert after.updated_at > before.updated_at
    assert client.ttl(info("holiday")) == -1
