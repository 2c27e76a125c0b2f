"""Planned faults and counted traffic: the part of a proxy that tests use directly."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .frames import command_name
from .resp import SETUP

Mode: TypeAlias = Literal["cut_after", "cut_before", "delay", "blackhole"]


@dataclass(frozen=True)
class Stats:
    """Totals since the start. What clients send to set up a connection counts as `setup` only."""

    connections: int
    requests: int
    """Round trips: a command counts if, on its connection, none before it waits for its reply."""
    commands: int
    setup: int
    fired: int


class Fault:
    """One fault as armed. Tests wait until it has struck, and may end a delay."""

    def __init__(
        self,
        mode: Mode,
        match: bytes | None,
        times: int | None,
        skip: int,
        probability: float,
        seconds: float | None,
    ) -> None:
        self.mode: Mode = mode
        self._match = match
        self._left = times
        self._skip = skip
        self._probability = probability
        self._seconds = seconds
        self._struck = 0
        self._changed = threading.Condition()
        self._released = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def fired(self) -> int:
        """How often it has struck: cut, swallowed, or held a reply (which the server has sent)."""
        with self._changed:
            return self._struck

    def wait(self, times: int = 1, timeout: float = 10.0) -> None:
        """Block until it has struck so often; from async code through `asyncio.to_thread`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._struck >= times, timeout):
                raise TimeoutError(f"{self.mode} struck {self._struck} times in {timeout:g} s")

    def release(self) -> None:
        """Let go the replies that a delay holds, and hold no more."""
        with self._changed:
            if self._loop is None:
                self._released.set()
            elif not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._released.set)

    # For the proxy

    def hits(self, command: bytes, chance: random.Random) -> bool:
        """Whether it strikes this command; one that it strikes uses it up by one."""
        if self._left == 0 or not self._matches(command):
            return False
        if self._skip:
            self._skip -= 1
            return False
        if self._probability < 1 and chance.random() >= self._probability:
            return False
        if self._left is not None:
            self._left -= 1
        return True

    def strike(self) -> None:
        with self._changed:
            self._struck += 1
            self._changed.notify_all()

    async def hold(self) -> None:
        with self._changed:
            self._loop = asyncio.get_running_loop()
        self.strike()
        try:
            await asyncio.wait_for(self._released.wait(), self._seconds)
        except asyncio.TimeoutError:
            return

    def _matches(self, command: bytes) -> bool:
        if self._match is None:
            return command_name(command) not in SETUP
        return self._match in command


class Plan:
    """The armed faults, the latency and the counters. Any thread may use it."""

    def __init__(self, seed: int) -> None:
        self.latency: float | tuple[float, float] = 0.0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._recordings: list[list[bytes]] = []
        self._counts: Counter[str] = Counter()

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def disarm(self) -> None:
        with self._lock:
            self._faults.clear()

    def pick(self, command: bytes) -> Fault | None:
        """The first armed fault that strikes this command."""
        with self._lock:
            fault = next((f for f in self._faults if f.hits(command, self._random)), None)
            self._counts["fired"] += fault is not None
            return fault

    def record(self, recording: list[bytes]) -> None:
        with self._lock:
            self._recordings.append(recording)

    def end_recording(self) -> None:
        with self._lock:
            self._recordings.pop()

    def note(self, command: bytes) -> None:
        with self._lock:
            for recording in self._recordings:
                recording.append(command)

    def count(self, *what: str) -> None:
        with self._lock:
            self._counts.update(what)

    def draw_latency(self) -> float:
        latency = self.latency
        if isinstance(latency, tuple):
            with self._lock:
                return self._random.uniform(*latency)
        return latency

    def stats(self) -> Stats:
        with self._lock:
            return Stats(**{name: self._counts[name] for name in Stats.__dataclass_fields__})
