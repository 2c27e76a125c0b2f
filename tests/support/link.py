"""One client's connection through the proxy, and the faults that strike it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .frames import Framer, command_name
from .resp import SETUP

if TYPE_CHECKING:
    from .faults import Fault, Plan

_CHUNK = 1 << 16
_LINGER_SECONDS = 5.0
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST instead of FIN


@dataclass
class _Request:
    fault: Fault | None
    is_setup: bool
    latency: float


class Link:
    """Forwards whole commands one way and whole replies the other; a pipeline stays one."""

    def __init__(self, plan: Plan, peer: socket.socket, *, reset: bool) -> None:
        self._plan = plan
        self._peer = peer
        self._reset = reset
        self._client: asyncio.StreamWriter | None = None
        self._is_cut = False
        self._unanswered: deque[_Request] = deque()
        self._waiting = 0  # commands whose reply the client still awaits, without connection setup
        self._silent = False  # nothing goes through
        self._doomed: Fault | None = None  # no reply goes through, and after the last comes the cut

    def cut(self) -> None:
        """Break the client's connection now."""
        if self._is_cut or self._peer.fileno() < 0:
            return
        self._is_cut = True
        if self._reset:
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if self._client:
            self._client.transport.abort()

    def close(self) -> None:
        """For a link whose task has ended, or was cancelled before it began."""
        self._peer.close()

    async def run(self, host: str, port: int) -> None:
        """Serve the client until either side ends, against the server at that address."""
        reader, self._client = await asyncio.open_connection(sock=self._peer)
        try:
            if not self._is_cut:
                await self._connect(reader, self._client, host, port)
        finally:
            self._client.transport.abort()

    async def _connect(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        try:
            answers, server = await asyncio.open_connection(host, port)
        except OSError:
            self.cut()
            return
        replies = asyncio.create_task(self._pass_replies(answers, client))
        try:
            with suppress(OSError):
                await self._pass_commands(reader, server)
            replies.cancel()
            await asyncio.wait([replies])
            if not replies.cancelled():
                replies.result()  # it ends without an error unless the proxy has one
            with suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(_finish(answers, server), _LINGER_SECONDS)
        finally:
            server.transport.abort()
            replies.cancel()
            await asyncio.gather(replies, return_exceptions=True)

    # From the client to the server

    async def _pass_commands(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter
    ) -> None:
        framer = Framer()
        while data := await reader.read(_CHUNK):
            for command in framer.feed(data):
                if self._is_cut:
                    return
                self._take_command(command, server)
            if not self._silent:
                await server.drain()

    def _take_command(self, command: bytes, server: asyncio.StreamWriter) -> None:
        is_setup = command_name(command) in SETUP
        is_first = not is_setup and not self._waiting
        self._plan.count("setup" if is_setup else "commands", *(["requests"] if is_first else []))
        self._waiting += not is_setup
        if not is_setup:
            self._plan.note(command)
        if self._silent:
            return
        fault = self._plan.pick(command)
        if fault and fault.mode == "cut_before":
            self.cut()
            fault.strike()
        elif fault and fault.mode == "blackhole":
            self._silent = True
            fault.strike()
        else:
            latency = self._plan.draw_latency() if is_first else 0.0
            self._unanswered.append(_Request(fault, is_setup, latency))
            server.write(command)

    # From the server to the client

    async def _pass_replies(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            await self._pass_until_the_cut(reader, client)
        if self._doomed:
            self.cut()
            self._doomed.strike()
        elif not self._silent:
            client.close()

    async def _pass_until_the_cut(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        framer = Framer()
        while data := await reader.read(_CHUNK):
            for reply in framer.feed(data):
                await self._pass_reply(reply, client)
            if self._doomed and not self._unanswered:
                return
            await client.drain()

    async def _pass_reply(self, reply: bytes, client: asyncio.StreamWriter) -> None:
        if self._unanswered and not reply.startswith(b">"):
            await self._hold(self._unanswered[0])
            self._answered(self._unanswered.popleft())
        # anything else is no answer, but a message that the client subscribed to
        if not (self._doomed or self._silent or self._is_cut):
            client.write(reply)

    async def _hold(self, request: _Request) -> None:
        if request.latency:
            await asyncio.sleep(request.latency)
        if request.fault and request.fault.mode == "delay":
            await request.fault.hold()

    def _answered(self, request: _Request) -> None:
        self._waiting -= not request.is_setup
        if request.fault and request.fault.mode == "cut_after":
            self._doomed = request.fault


async def _finish(reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
    """Let the server run what it was sent: closing with replies unread could discard commands."""
    server.write_eof()
    while await reader.read(_CHUNK):
        pass
