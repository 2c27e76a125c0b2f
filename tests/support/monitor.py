r"""What a server was told: the commands of its clients, read from MONITOR.

A line reads `1700000000.123456 [0 127.0.0.1:50000] "SET" "key" "caf\xc3\xa9"`. What a Lua script
ran has `lua` in place of the address, and is left out.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from .resp import SETUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from .resp import Connection

Command = tuple[bytes, ...]

_LINE = re.compile(rb"[\d.]+ \[\d+ (?P<client>.*?)\] (?P<words>\".*)", re.DOTALL)
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.))")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_SECONDS = 10.0


class Monitor:
    """Commands in the order in which the server ran them.

    After `sync`, which the end of the block implies, none that was answered is missing.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._seen: list[Command] = []
        self._marks: set[Command] = set()
        self._changed = threading.Condition()
        self._ended = False
        self._connection = connect()
        self._connection.call("MONITOR")
        self._connection.socket.settimeout(None)
        self._thread = threading.Thread(target=self._collect, name="monitor", daemon=True)
        self._thread.start()

    @property
    def everything(self) -> list[Command]:
        """All that clients sent, as they sent it."""
        with self._changed:
            return [command for command in self._seen if command not in self._marks]

    @property
    def commands(self) -> list[Command]:
        """The same without what clients send to set up a connection."""
        return [command for command in self.everything if command[0].upper() not in SETUP]

    @property
    def names(self) -> list[str]:
        """The names of `commands`, in upper case."""
        return [command[0].decode().upper() for command in self.commands]

    def sync(self) -> None:
        """Wait for everything the server ran so far: for a mark of our own that follows it."""
        mark = (b"ECHO", uuid4().hex.encode())
        with self._changed:
            self._marks.add(mark)
        try:
            with self._connect() as connection:
                connection.call(*mark)
        except OSError:  # the server died: its last words end with the connection
            arrived = self._wait(lambda: self._ended)
        else:
            arrived = self._wait(lambda: self._ended or mark in self._seen)
        if not arrived:
            raise TimeoutError(f"MONITOR showed no mark within {_SECONDS:.0f} s")

    def close(self) -> None:
        with suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)  # wakes the reader
        self._thread.join(_SECONDS)
        self._connection.close()

    def _wait(self, condition: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, _SECONDS)

    def _collect(self) -> None:
        try:
            while isinstance(line := self._connection.read(), bytes):
                found = _LINE.fullmatch(line)
                if found and found["client"] != b"lua":
                    with self._changed:
                        self._seen.append(_words(found["words"]))
                        self._changed.notify_all()
        except OSError:
            pass
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def _words(quoted: bytes) -> Command:
    return tuple(_ESCAPE.sub(_unescape, word) for word in _WORD.findall(quoted))


def _unescape(escape: re.Match[bytes]) -> bytes:
    code, letter = escape.groups()
    return bytes.fromhex(code.decode()) if code else _LETTERS.get(letter, letter)
