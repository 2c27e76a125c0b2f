"""The format of exports: JSON Lines, in ASCII, with a last line that says how much there is.

A file begins with a line that names the format. Each conversation is one line that says which one
it is, and then one line for each of its elements, which is a string that holds the element as it
is stored, or its base64 if it is not UTF-8. The last line gives the counts.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, TypeAlias

from .element_pages import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT = "openai-agents-session export"
VERSION = 1


class ExportFileError(Exception):
    """What was read is not a whole export; says why."""


@dataclass(frozen=True)
class Conversation:
    """What an export says of a conversation, besides its elements.

    Attributes:
        session_id: Names the conversation.
        expires_in: Seconds that it had left, or None if it did not expire.
        title: The title of a user's conversation.
        metadata: The metadata of a user's conversation.
    """

    session_id: str
    expires_in: int | None = None
    title: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Begin:
    pass


@dataclass(frozen=True)
class _End:
    sessions: int
    elements: int


_Record: TypeAlias = _Begin | Conversation | bytes | _End


def begin_line() -> bytes:
    """Return the line that names the format."""
    return _line({"format": FORMAT, "version": VERSION})


def conversation_line(conversation: Conversation) -> bytes:
    """Return the line before the elements of a conversation."""
    fields: dict[str, Any] = {
        "session_id": conversation.session_id,
        "expires_in": conversation.expires_in,
    }
    if conversation.title is not None:
        fields["title"] = conversation.title
    if conversation.metadata:
        fields["metadata"] = conversation.metadata
    return _line(fields)


def element_line(element: bytes) -> bytes:
    """Return the line of an element."""
    try:
        text = element.decode("utf-8")
    except UnicodeDecodeError:
        return b'{"base64": "%b"}\n' % b64encode(element)
    return b'{"element": %b}\n' % encode_basestring_ascii(text).encode("ascii")


def end_line(sessions: int, elements: int) -> bytes:
    """Return the last line."""
    return _line({"end": True, "sessions": sessions, "elements": elements})


def is_end_line(line: bytes) -> bool:
    """Return whether this is the last line of an export."""
    try:
        return isinstance(_read(line, 0), _End)
    except ExportFileError:
        return False


class ExportReader:
    """Reads exports, one after another, line by line."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = enumerate(lines, start=1)
        self._next: _Record | None = None
        self._sessions = 0
        self._elements = 0

    def conversations(self) -> Iterator[tuple[Conversation, Iterator[list[bytes]]]]:
        """Yield the conversations, each with its elements in batches.

        Elements that were not taken are passed over.

        Raises:
            ExportFileError: The file is not an export, was damaged, or was cut off.
        """
        while self._advance():
            if not isinstance(self._next, _Begin):
                raise ExportFileError("it is not an export: its first line does not say so")
            self._sessions = self._elements = 0
            self._advance()
            while isinstance(self._next, Conversation):
                conversation = self._next
                self._sessions += 1
                self._advance()
                elements = self._take_elements()
                yield conversation, in_batches(elements)
                for _ in elements:
                    pass
            self._check_end()

    def _take_elements(self) -> Iterator[bytes]:
        while isinstance(self._next, bytes):
            yield self._next
            self._elements += 1
            self._advance()
        if self._next is None:
            raise _cut_off()

    def _check_end(self) -> None:
        match self._next:
            case None:
                raise _cut_off()
            case _End(sessions, elements):
                if (sessions, elements) != (self._sessions, self._elements):
                    raise ExportFileError(
                        f"lines are missing: it has {self._sessions} conversations with "
                        f"{self._elements} elements, and should have {sessions} with {elements}"
                    )
            case _:
                raise ExportFileError("it was damaged: its lines are not in order")

    def _advance(self) -> bool:
        number, line = next(self._lines, (0, b""))
        self._next = _read(line, number) if line else None
        return bool(line)


def _cut_off() -> ExportFileError:
    return ExportFileError("it was cut off: its last line is missing")


def _read(line: bytes, number: int) -> _Record:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        if not line.endswith(b"\n"):
            raise _cut_off() from None
        raise ExportFileError(f"line {number} is not JSON") from None
    try:
        return _record(fields)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ExportFileError(f"line {number} is not a line of an export") from None


def _record(fields: Any) -> _Record:
    if "element" in fields:
        return bytes(fields["element"].encode("utf-8"))
    if "base64" in fields:
        return b64decode(fields["base64"], validate=True)
    if "session_id" in fields:
        return _conversation(fields)
    if "end" in fields:
        return _End(int(fields["sessions"]), int(fields["elements"]))
    if fields["format"] == FORMAT and fields["version"] > VERSION:
        raise ExportFileError("it was written by a newer release; upgrade to read it")
    if fields["format"] != FORMAT:
        raise ValueError
    return _Begin()


def _conversation(fields: dict[str, Any]) -> Conversation:
    seconds, title = fields.get("expires_in"), fields.get("title")
    metadata = fields.get("metadata") or {}
    if not (
        isinstance(fields["session_id"], str)
        and (seconds is None or (type(seconds) is int and seconds >= 0))
        and (title is None or isinstance(title, str))
        and isinstance(metadata, dict)
    ):
        raise ValueError
    return Conversation(fields["session_id"], seconds, title, metadata)


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode("ascii") + b"\n"
