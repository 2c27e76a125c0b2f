"""A tiny RESP2 client on a plain socket, so that no launcher depends on the library under test."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TypeAlias, Union

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

Argument: TypeAlias = str | bytes | int | float
Reply: TypeAlias = Union[bytes, int, "ReplyError", list["Reply"], None]

SETUP = frozenset({b"AUTH", b"CLIENT", b"CLUSTER", b"COMMAND", b"HELLO", b"READONLY", b"SELECT"})
"""What a client sends to prepare a connection, before and between the commands of its user."""


class ReplyError(Exception):
    """The server answered with an error."""

    @property
    def code(self) -> str:
        """The first word, such as `ERR` or `WRONGTYPE`."""
        return str(self).partition(" ")[0]


def encode(*arguments: Argument) -> bytes:
    """One command as the array of bulk strings that a server reads."""
    parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def text(reply: Reply) -> str:
    """A string reply as str; anything else is an error of the test."""
    if not isinstance(reply, bytes):
        raise TypeError(f"expected a string, got {reply!r}")
    return reply.decode()


def rows(reply: Reply) -> list[Reply]:
    """An array reply as a list; anything else is an error of the test."""
    if not isinstance(reply, list):
        raise TypeError(f"expected an array, got {reply!r}")
    return reply


class Connection:
    """One connection: `call` for a command, `pipeline` for several in one round trip."""

    def __init__(self, address: tuple[str, int] | Path, timeout: float | None = 5.0) -> None:
        if isinstance(address, tuple):
            self.socket = socket.create_connection(address, timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            try:
                self.socket.connect(str(address))
            except OSError:
                self.socket.close()
                raise
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def call(self, *arguments: Argument) -> Reply:
        """Send one command; an error reply is raised."""
        return self.pipeline(arguments)[0]

    def pipeline(self, *commands: tuple[Argument, ...]) -> list[Reply]:
        """Send all, read all, then raise the first error there was."""
        self.socket.sendall(b"".join(encode(*command) for command in commands))
        replies = [self.read() for _ in commands]
        for reply in replies:
            if isinstance(reply, ReplyError):
                raise reply
        return replies

    def read(self) -> Reply:
        """The next reply. Errors are returned: inside an array they are values like any other."""
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"the server closed the connection after {line!r}")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._bulk(int(rest))
        if kind == b"*":
            count = int(rest)
            return None if count < 0 else [self.read() for _ in range(count)]
        raise ValueError(f"not RESP2: {line!r}")

    def _bulk(self, length: int) -> bytes | None:
        if length < 0:
            return None
        data = self._file.read(length + 2)
        if len(data) != length + 2:
            raise ConnectionError("the server closed the connection inside a reply")
        return data[:-2]


def call(address: tuple[str, int] | Path, *arguments: Argument) -> Reply:
    """One command on a connection of its own."""
    with Connection(address) as connection:
        return connection.call(*arguments)
