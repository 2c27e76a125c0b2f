"""What is stored: types of keys, names, lifetimes and locks, in a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from ..elements import is_item
from ..wording import counted
from .finding import Finding, ok, problem, warning
from .names import shown
from .node import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_agents_session import LockHolder

    from .target import Target


def check_types(target: Target) -> Iterator[Finding]:
    """Check that conversations are lists of JSON objects."""
    check, sample = "types", target.sample
    junk = [
        conversation.session_id
        for conversation in sample.conversations
        if not all(map(is_item, conversation.elements))
    ]
    if sample.wrong_types:
        kind = _type_of(target, sample.wrong_types[0])
        yield problem(
            check,
            f"under the prefix, but not a list: {counted(len(sample.wrong_types), 'key')} "
            f"(the first one is {kind}); sessions of these names fail with WRONGTYPE: "
            f"{shown(sample.wrong_types)}",
            "rename or delete them if nothing else needs them; if another application does, "
            "choose another key_prefix",
        )
    if junk:
        yield warning(
            check,
            "elements that are not JSON objects, which every read skips, "
            f"in {counted(len(junk), 'conversation')}: {shown(junk)}",
            "nothing needs to be done; to find out what else writes to these keys, look at the "
            "elements: openai-agents-session show ID",
        )
    if not sample.wrong_types and not junk:
        yield ok(check, f"{sample.counted()}: nothing but lists of JSON objects")


def check_names(target: Target) -> Iterator[Finding]:
    """Check that the library can open everything under its prefix."""
    check, refused = "names", target.sample.refused
    if refused:
        yield warning(
            check,
            f"names that cannot be used, and so are not listed, of {counted(len(refused), 'key')}: "
            f"{shown([name.key for name in refused])}; the reason for the first one: "
            f"{refused[0].session_id.partition(';')[0]}",
            "give them other names with RENAME, or delete them",
        )
    else:
        yield ok(check, "every key under the prefix can be opened")


def check_lifetimes(target: Target) -> Iterator[Finding]:
    """Check that either all conversations expire, or none."""
    check, sample = "lifetimes", target.sample
    endless = [c.session_id for c in sample.conversations if not c.expires]
    if not sample.conversations:
        yield ok(check, "there are no conversations")
    elif not endless:
        yield ok(check, f"{sample.counted()}: all of them expire")
    elif len(endless) == len(sample.conversations):
        yield ok(check, f"{sample.counted()}: none of them expires")
    else:
        yield warning(
            check,
            f"{sample.counted()}, of which some expire and others never do: {shown(endless)}",
            "if that is not intended, pass the same ttl everywhere; a conversation without one "
            "gets it when something is added",
        )


def check_locks(target: Target) -> Iterator[Finding]:
    """Check that no lock is held forever."""
    check = "locks"
    holders = {name: _endless_holder(target, name) for name in target.sample.endless_locks}
    turns = [name for name, holder in holders.items() if holder and holder.pid is not None]
    locks = [name for name, holder in holders.items() if holder and holder.pid is None]
    if turns:
        yield problem(
            check,
            "locked forever by a turn, although its lease should expire: "
            f"{counted(len(turns), 'conversation')}: {shown(turns)}",
            "free them: openai-agents-session unlock ID",
        )
    if locks:
        yield warning(
            check,
            f"locked without a timeout: {counted(len(locks), 'conversation')}: {shown(locks)}; if "
            "the process that holds the lock was killed, turns wait forever",
            "if nobody holds them any more, free them: openai-agents-session unlock ID; pass a "
            "timeout to lock()",
        )
    if not turns and not locks:
        yield ok(check, "no lock is held forever")


def _endless_holder(target: Target, session_id: str) -> LockHolder | None:
    """Return who holds a lock forever; None if it was freed, or is not a lock of ours."""
    try:
        holder = target.session(session_id).lock_holder()
    except (ResponseError, ValueError):
        return None
    return holder if holder is not None and holder.expires_in is None else None


def _type_of(target: Target, key: bytes) -> str:
    try:
        kind = text(target.client.type(key))
    except ResponseError:
        return "of another type"
    return {"hash": "a hash", "set": "a set", "zset": "a sorted set"}.get(kind, f"a {kind}")
