"""What the SDK's SQLiteSession has stored: a row for each message."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .sdk_sources import SourceConversation, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDS = "SELECT DISTINCT session_id FROM agent_messages"
_ROWS = "SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_BRANCHED = "SELECT DISTINCT session_id FROM message_structure WHERE branch_id <> 'main'"
_WAL_FLAG = slice(18, 20)


class SdkSqlite:
    """A file of the SDK's SQLiteSession.

    Raises:
        OSError: The file cannot be opened.
        SourceError: It was written by something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._immutable = _is_at_rest(path)
        self._before = self._state()
        flags = "mode=ro&immutable=1" if self._immutable else "mode=ro"
        url = f"{path.absolute().as_uri()}?{flags}"
        with ExitStack() as on_error, self._explained():
            self._database = sqlite3.connect(url, uri=True, isolation_level=None)
            on_error.callback(self._database.close)
            self._database.text_factory = bytes
            self._database.execute("BEGIN")  # one state of the file, however long it takes
            self._branched = self._check_tables()
            on_error.pop_all()

    def conversations(self) -> Iterator[SourceConversation]:
        """Yield all conversations that have messages."""
        for (stored_id,) in self._execute(_IDS):
            name = stored_id.decode("utf-8", "backslashreplace")
            if name.encode() != stored_id:
                yield SourceConversation(name, None, (), "its id is not UTF-8")
            elif stored_id in self._branched:
                reason = "it has branches; copy what its get_items() returns"
                yield SourceConversation(name, None, (), reason)
            else:
                yield SourceConversation(name, None, self._elements(name))

    def close(self) -> None:
        """Close the file.

        Raises:
            SourceError: It was changed since it was opened.
        """
        self._database.close()
        if self._immutable and self._state() != self._before:
            raise SourceError(f"{self._path}: it was changed while it was read; run this again")

    def _check_tables(self) -> set[bytes]:
        """Return the conversations that have branches."""
        tables = {name for (name,) in self._database.execute(_TABLES)}
        if b"agent_messages" not in tables:
            raise SourceError(f"{self._path}: it has no table agent_messages")
        if b"message_structure" not in tables:  # AdvancedSQLiteSession creates it
            return set()
        return {stored_id for (stored_id,) in self._database.execute(_BRANCHED)}

    def _elements(self, session_id: str) -> Iterator[bytes]:
        for (data,) in self._execute(_ROWS, session_id):
            yield data

    def _execute(self, query: str, *parameters: str) -> Iterator[tuple[Any, ...]]:
        with self._explained(), closing(self._database.execute(query, parameters)) as cursor:
            yield from cursor

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: {error}") from error

    def _state(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_size, found.st_mtime_ns


def sqlite_path(url: str) -> Path:
    """Return the file that a URL names: three slashes and a relative path, or an absolute one.

    Raises:
        ValueError: It names none.
    """
    name = url.removeprefix("sqlite:///")
    if name == url or name in {"", ":memory:"}:
        raise ValueError(
            "use sqlite:///FILE for a relative path, and sqlite:////FILE for an absolute one"
        )
    return Path(name)


def _is_at_rest(path: Path) -> bool:
    """Return whether nobody has this file open, and opening it as usual would create others.

    That is so in the journal mode WAL, which the SDK uses.
    """
    if path.with_name(f"{path.name}-wal").exists():
        return False
    with path.open("rb") as file:
        return file.read(20)[_WAL_FLAG] == b"\x02\x02"
