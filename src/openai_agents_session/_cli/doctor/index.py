"""The index of a user: whether it names the conversations that are there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from ..wording import counted
from .finding import Finding, ok, problem, unknown, warning
from .names import index_key, quoted, shown
from .node import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .target import Target

CHECK = "index"

_MOST = 5000


def check(target: Target) -> Iterator[Finding]:
    """Check the index of the user."""
    key = index_key(target)
    node = target.node_of(key)
    try:
        if node.ask("ZCARD", key) > _MOST or not target.sample.is_complete:
            yield unknown(
                CHECK,
                "there are too many conversations to compare all of them with the index",
                "compare the output of list with the keys that SCAN finds",
            )
            return
        indexed = _indexed(target, node)
    except ResponseError as error:
        if not str(error).startswith("WRONGTYPE"):
            raise
        yield problem(
            CHECK,
            f"the key of the index, {key!r}, holds something else",
            "rename or delete it; each conversation is listed again when it is next changed",
        )
        return
    yield from _compare(target, node, indexed)


def _indexed(target: Target, node: Node) -> set[str]:
    return {text(member) for member in node.ask("ZRANGE", index_key(target), 0, -1)}


def _compare(target: Target, node: Node, indexed: set[str]) -> Iterator[Finding]:
    stored = {conversation.session_id for conversation in target.sample.conversations}
    unlisted = _still_unlisted(target, node, stored - indexed)
    gone = len(indexed - stored)
    if unlisted:
        yield problem(
            CHECK,
            "missing from the index, so no page lists them: "
            f"{counted(len(unlisted), 'conversation')}: {shown(unlisted)}",
            "each is listed again when something is added to it; to list one now, run "
            f"`{_listing(target, unlisted[0])}` in redis-cli, which changes nothing else; let "
            "nothing but the library change these keys otherwise",
        )
    early = _expires_before(target, node, indexed & stored)
    if early:
        yield warning(
            CHECK,
            "the index expires before conversations that it lists, and then no page lists them: "
            f"{counted(len(early), 'conversation')}: {shown(early)}",
            "read or change one of them through the user's session, which corrects the index; let "
            "nothing but the library change these keys",
        )
    if not unlisted and not early:
        swept = (
            f"; it also names {counted(gone, 'conversation')} without items, which no page lists"
        )
        yield ok(
            CHECK,
            f"the index lists all conversations of the user ({len(indexed & stored)})"
            f"{swept if gone else ''}",
        )


def _listing(target: Target, session_id: str) -> str:
    """Return the command that adds a conversation to the index as one that was changed now."""
    now = time.time_ns() // 1000
    return f"ZADD {quoted(index_key(target))} NX {now} {quoted(session_id)}"


def _still_unlisted(target: Target, node: Node, session_ids: set[str]) -> list[str]:
    """Return those that are still there, and still not listed: others changed since the sample."""
    names = sorted(session_ids)
    listed = _indexed(target, node)
    there = node.ask_together([("EXISTS", target.session(name).key) for name in names])
    return [
        name
        for name, exists in zip(names, there, strict=True)
        if exists == 1 and name not in listed
    ]


def _expires_before(target: Target, node: Node, session_ids: set[str]) -> list[str]:
    """Return the conversations that outlive the index."""
    names = sorted(session_ids)
    keys = [index_key(target), *(target.session(name).key for name in names)]
    index, *lives = node.ask_together([("PTTL", key) for key in keys])
    return [
        name
        for name, left in zip(names, lives, strict=True)
        if index >= 0 and (left == -1 or left > index)
    ]
