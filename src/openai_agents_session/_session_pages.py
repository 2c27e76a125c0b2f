"""Pages of a user's conversations: what is said of each one, and where the next page begins."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from ._codec import decode_value, encode_value

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_CURSOR = rb"(?s)(\d{1,16}):(.+)"

MOST_SESSIONS = 1000
"""The most conversations that a page may hold."""

# Both come with every page of conversations.
_LONGEST_TITLE = 10_000
_LONGEST_METADATA = 65_536


@dataclass(frozen=True)
class SessionInfo:
    """What is known of a user's conversation.

    Attributes:
        session_id: Names the conversation.
        title: Its title, or None if it has none.
        metadata: What was stored with it by `update`.
        count: Stored items.
        created_at: When it was created, in UTC.
        updated_at: When it was last changed, in UTC.
        expires_in: Seconds until it expires if it stays idle, or None if it does not.
    """

    __module__ = "openai_agents_session"

    session_id: str
    title: str | None
    metadata: dict[str, Any]
    count: int
    created_at: datetime
    updated_at: datetime
    expires_in: int | None


@dataclass(frozen=True)
class SessionPage:
    """A page of a user's conversations.

    Attributes:
        sessions: The conversations, the last changed first.
        next_cursor: What to pass for the next page, or None if this is the last.
    """

    __module__ = "openai_agents_session"

    sessions: list[SessionInfo] = field(default_factory=list)
    next_cursor: str | None = None


def check_page_limit(limit: int) -> int:
    """Return how many conversations a page may hold.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is out of range.
    """
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"limit must be a whole number, not {type(limit).__name__}")
    if not 0 < limit <= MOST_SESSIONS:
        raise ValueError(f"limit must be between 1 and {MOST_SESSIONS}, not {limit}")
    return int(limit)


def read_cursor(cursor: str | None) -> tuple[bytes, bytes]:
    """Return the time and the id after which a page begins; both empty for the first page.

    Raises:
        TypeError: The cursor is not a string.
        ValueError: The cursor did not come from a page.
    """
    if cursor is None:
        return b"", b""
    if not isinstance(cursor, str):
        raise TypeError(f"cursor must be a string or None, not {type(cursor).__name__}")
    try:
        text = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        text = b""
    found = re.fullmatch(_CURSOR, text)
    if found is None:
        raise ValueError("cursor must be the next_cursor of an earlier page")
    return found[1], found[2]


def encode_title(title: str | None) -> tuple[int, bytes]:
    """Return whether the title is to be changed, and to what.

    Raises:
        TypeError: It is not a string.
        ValueError: It is too long, or has a character that is split into surrogates.
    """
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title must be a string or None, not {type(title).__name__}")
    if title and len(title) > _LONGEST_TITLE:
        raise ValueError(
            f"title must have at most {_LONGEST_TITLE} characters, not {len(title)}; shorten it"
        )
    return int(title is not None), encode_value(title, "title") if title else b""


def encode_metadata(metadata: Mapping[str, Any] | None) -> tuple[int, bytes]:
    """Return whether the metadata is to be changed, and to what.

    Raises:
        TypeError: It is not a mapping, or contains a value that JSON cannot represent.
        ValueError: It contains a value that JSON cannot represent, such as NaN, or is too long.
    """
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a mapping or None, not {type(metadata).__name__}")
    encoded = encode_value(dict(metadata), "metadata") if metadata else b""
    if len(encoded) > _LONGEST_METADATA:
        raise ValueError(
            f"metadata must be at most {_LONGEST_METADATA} bytes as JSON, not {len(encoded)}; "
            "store what is longer elsewhere"
        )
    return int(metadata is not None), encoded


def make_page(reply: Sequence[Any]) -> SessionPage:
    """Return the page that the script PAGE answers with."""
    time, session_id, *rows = reply
    cursor = urlsafe_b64encode(b"%b:%b" % (time, session_id)).decode("ascii") if time else None
    return SessionPage([_info(row) for row in rows], cursor)


def _info(row: Sequence[Any]) -> SessionInfo:
    session_id, time, count, seconds, title, metadata, created = row
    return SessionInfo(
        session_id=str(session_id, "utf-8"),
        title=cast("str | None", decode_value(title or b"null")),
        metadata=cast("dict[str, Any]", decode_value(metadata or b"{}")),
        count=int(count),
        created_at=_moment(created or time),
        updated_at=_moment(time),
        expires_in=int(seconds) if seconds >= 0 else None,
    )


def _moment(microseconds: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))
