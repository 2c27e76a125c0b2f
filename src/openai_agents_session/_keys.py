"""The names of keys: a session's list, its receipts, its lock and its log of pops.

One script touches a list and its receipt, so on a cluster both must hash to the same slot.
"""

from __future__ import annotations

import re
from binascii import hexlify
from os import urandom
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_KEY_PREFIX = "openai_agents_session"

_GLOB_CHARACTER = r"[\\*?\[\]]"
_SIDE = r"(?:lock|pops|t|k|info|r:[0-9a-f]{32})"
_SIDE_KEY = rf"(?s)(?:\{{[^}}]+\}}:~|.*\{{[^}}]+\}}.*:~:){_SIDE}"
_PARTS = rf"(?s)(.*):~:({_SIDE})".encode()


class SessionKeys(NamedTuple):
    """The keys of one session, as the bytes that are sent: in the order of the scripts' KEYS.

    Attributes:
        history: The list that holds the conversation.
        pops: The log of recent pops, and of what has moved their places since.
        lock: The lock that serializes turns of the conversation.
        adds: The records of batches that were added under a key.
        turns: The records of turns that were committed under a key.
        receipts: Prefix of the key of every receipt.
    """

    history: bytes
    pops: bytes
    lock: bytes
    adds: bytes
    turns: bytes
    receipts: bytes

    def new_receipt(self) -> bytes:
        """Return a receipt's key that no other mutation has."""
        return self.receipts + hexlify(urandom(16))


class UserKeys(NamedTuple):
    """What the keys of a user's conversations have in common.

    Attributes:
        manager_prefix: The prefix that the user shares with all others.
        key_prefix: The prefix of their sessions: its hash tag is the user id.
        index_key: The sorted set of the conversations.
        receipts: Prefix of the key of every receipt that is not of one conversation.
    """

    manager_prefix: str
    key_prefix: str
    index_key: bytes
    receipts: bytes

    def new_receipt(self) -> bytes:
        """Return a receipt's key that no other mutation has."""
        return self.receipts + hexlify(urandom(16))


def user_keys(key_prefix: str, user_id: str) -> UserKeys:
    """Return the keys of a user.

    No session id can spell them: the key of a session without a user goes on with a colon where
    these have a brace.

    Raises:
        TypeError: The user id is not a string.
        ValueError: The user id is empty or contains a brace, the prefix contains one, or one of
            them cannot be encoded as UTF-8.
    """
    for argument, value in (("user_id", _name("user_id", user_id)), ("key_prefix", key_prefix)):
        if "{" in value or "}" in value:
            raise ValueError(
                f"{argument} {value!r} contains a brace, and braces mark the user in the keys of "
                f"a user's conversations; choose another {argument}"
            )
    prefix = f"{key_prefix}{{{user_id}}}"
    return UserKeys(key_prefix, prefix, _utf8(f"{prefix}~index"), _utf8(f"{prefix}~r:"))


def info_key(keys: SessionKeys) -> bytes:
    """Return the key of the title, the metadata and the time of creation of a user's session."""
    return keys.lock.removesuffix(b"lock") + b"info"


def session_key(key_prefix: str, session_id: str) -> str:
    """Return the key of a session's list."""
    return f"{_name('key_prefix', key_prefix)}:{_name('session_id', session_id)}"


def subject(key: str) -> str:
    """Return how errors and logs name what a call is about."""
    return f"session key {key!r}"


def session_keys(key: str) -> SessionKeys:
    """Return a session's keys, all in one hash slot, none of them another session's.

    Raises:
        ValueError: The key cannot have side keys in its slot, looks like a side key itself, or
            cannot be encoded as UTF-8.
    """
    if re.fullmatch(_SIDE_KEY, key):
        raise ValueError(
            f"session key {key!r} looks like the lock or a receipt of another session; "
            f"choose a different session_id"
        )
    side = _side_prefix(key)
    return SessionKeys(
        *map(_utf8, (key, *(f"{side}{name}" for name in ("pops", "lock", "k", "t", "r:"))))
    )


def listing_pattern(key_prefix: str, match: str | None) -> bytes:
    """Return the glob of the keys of sessions; the prefix stands for itself.

    Raises:
        TypeError: The pattern for session ids is not a string.
    """
    if match is not None and not isinstance(match, str):
        raise TypeError(f"match must be a string or None, not {type(match).__name__}")
    return _utf8(f"{_literal(key_prefix)}:{'*' if match is None else match}")


def user_pattern(user: UserKeys) -> bytes:
    """Return the glob of all keys of a user; the user id stands for itself."""
    return _utf8(f"{_literal(user.key_prefix)}*")


def parts_of_keys(user: UserKeys, keys: Iterable[bytes | str]) -> tuple[set[bytes], list[bytes]]:
    """Return the sessions that these keys belong to, if to any of the user, and the receipts."""
    prefix = _utf8(f"{user.key_prefix}:")
    session_ids, receipts = set(), []
    for name in keys:
        key = _utf8(name) if isinstance(name, str) else name  # see `session_id_of`
        if not key.startswith(prefix):
            continue
        found = re.fullmatch(_PARTS, key[len(prefix) :])
        if found and found[2].startswith(b"r:"):
            receipts.append(key)
        else:
            session_ids.add(found[1] if found else key[len(prefix) :])
    return session_ids, receipts


def session_id_of(key: bytes | str, key_prefix: str) -> str | None:
    """Return the id of the session stored under a key, or None if none can be."""
    try:
        # The async client of redis-py 5.0 may decode despite NEVER_DECODE.
        name = key if isinstance(key, str) else key.decode("utf-8")
        prefix, colon, session_id = name.partition(f"{key_prefix}:")
        session_keys(session_key(key_prefix, session_id))
    except ValueError:
        return None
    return session_id if colon and not prefix else None


def _literal(text: str) -> str:
    """Return a glob that matches this text alone."""
    return re.sub(_GLOB_CHARACTER, r"\\\g<0>", text)


def _side_prefix(key: str) -> str:
    """Return the prefix of the side keys; there are two forms so that sessions never share one."""
    if _has_hash_tag(key):
        return f"{key}:~:"
    if "}" in key:
        raise ValueError(
            f"session key {key!r} contains '}}' but no hash tag like '{{...}}', so on Redis "
            f"Cluster its receipts would hash to another slot; remove the '}}' from session_id or "
            f"key_prefix"
        )
    return f"{{{key}}}:~"


def _has_hash_tag(key: str) -> bool:
    """Return whether Redis hashes only a part of the key: what is between the first braces."""
    start = key.find("{")
    return start >= 0 and key.find("}", start + 1) > start + 1


def _name(argument: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a string, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{argument} must not be empty")
    return value


def _utf8(key: str) -> bytes:
    try:
        return key.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"session key {key!r} cannot be encoded as UTF-8 (a lone surrogate); "
            f"choose another session_id or key_prefix"
        ) from error
