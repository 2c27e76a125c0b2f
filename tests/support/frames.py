"""Cuts a byte stream into whole RESP commands or replies, however it arrives in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BULKS = b"$!="  # a length, then so many bytes
_ARRAYS = b"*~>"  # a length, then so many values
_MAPS = b"%|"  # a length, then so many pairs
_ATTRIBUTE = ord("|")  # stands before the value that it describes


class Framer:
    """Feed it what arrived, take what is complete. Knows RESP2, RESP3 and inline commands."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._begin_frame()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while self._take_value():
            if not self._missing:
                frame = bytes(self._buffer[: self._at])
                del self._buffer[: self._at]
                self._begin_frame()
                yield frame

    def _begin_frame(self) -> None:
        self._at = 0  # so far this frame is understood
        self._missing = 1  # so many values are still to come

    def _take_value(self) -> bool:
        """Step over one value, or the head of one that holds others; False if it is cut off."""
        end = self._buffer.find(b"\r\n", self._at)
        if end < 0:
            return False
        kind, after = self._buffer[self._at], end + 2
        if kind in _BULKS + _ARRAYS + _MAPS:
            length = int(self._buffer[self._at + 1 : end])  # -1 stands for null
            if kind in _BULKS and length >= 0:
                after += length + 2
                if len(self._buffer) < after:
                    return False
            elif kind in _ARRAYS:
                self._missing += max(length, 0)
            elif kind in _MAPS:
                self._missing += 2 * max(length, 0)
        if kind != _ATTRIBUTE:
            self._missing -= 1
        self._at = after
        return True


def command_name(command: bytes) -> bytes:
    """The first word of a framed command, in upper case."""
    if command.startswith(b"*"):
        words = command.split(b"\r\n", 3)
        return words[2].upper() if len(words) > 2 else b""
    return command.split()[0].upper() if command.split() else b""
