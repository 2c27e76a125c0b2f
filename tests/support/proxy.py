"""A proxy between client and server that breaks connections at the moment a test chooses."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .faults import Fault, Mode, Plan, Stats
from .link import Link
from .ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

T = TypeVar("T")

_SECONDS = 10.0
_ATTEMPTS = 5


class FaultProxy:
    """Runs in a thread of its own, so that blocking and async tests use it alike, in a `with`.

    Every method may be called from any thread, and has taken effect when it returns.
    `reset` says how it cuts: as a reset by the peer, or as an orderly end of the stream.
    `latency` is added to every round trip: seconds, or a range to draw them from.
    """

    host = LOOPBACK

    def __init__(self, host: str, port: int, *, seed: int = 0, reset: bool = True) -> None:
        self._upstream = host, port
        self._reset = reset
        self._plan = Plan(seed)
        self._links: dict[asyncio.Task[None], Link] = {}
        self._bugs: list[BaseException] = []
        self._started: Future[None] = Future()
        self._thread: threading.Thread | None = None
        self.port = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    @property
    def stats(self) -> Stats:
        return self._plan.stats()

    @property
    def latency(self) -> float | tuple[float, float]:
        return self._plan.latency

    @latency.setter
    def latency(self, seconds: float | tuple[float, float]) -> None:
        self._plan.latency = seconds

    @contextmanager
    def recording(self) -> Iterator[list[bytes]]:
        """List the commands that arrive, byte for byte, without those that set up a connection."""
        recording: list[bytes] = []
        self._plan.record(recording)
        try:
            yield recording
        finally:
            self._plan.end_recording()

    # Faults

    def arm(
        self,
        mode: Mode,
        match: bytes | None = None,
        *,
        times: int | None = 1,
        skip: int = 0,
        probability: float = 1.0,
        seconds: float | None = None,
    ) -> Fault:
        """Let something go wrong with the next command that contains `match`.

        Without `match` that is any command but those that set up a connection. It strikes as many
        `times`, or without end for None; it lets `skip` matches pass first, and strikes each of the
        others with the given probability.

        - cut_after: the server runs the command and answers; the answer is lost, the client is cut.
        - cut_before: the command is lost, the client is cut.
        - delay: the reply is held for so many `seconds`, or for None until `release()`.
        - blackhole: from this command on, nothing goes through on its connection, which stays open.
        """
        fault = Fault(mode, match, times, skip, probability, seconds)
        self._plan.arm(fault)
        return fault

    def disarm(self) -> None:
        """Forget all armed faults."""
        self._plan.disarm()

    def cut_all(self) -> None:
        """Cut every connection there is."""
        self._call(self._cut)

    def refuse(self) -> None:
        """Cut every connection, and refuse new ones: no one listens at the port."""
        self._call(self._refuse)

    def accept(self) -> None:
        """Listen again, at the same port."""
        self._call(self._listen)

    def retarget(self, host: str, port: int) -> None:
        """Connect to another server from now on; what is connected stays so until it is cut."""
        self._upstream = host, port

    # Its life

    def start(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._thread.start()
        self._started.result(_SECONDS)
        return self

    def close(self) -> None:
        """End the thread with all its connections; an error inside the proxy surfaces here."""
        if self._thread is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)
        self._thread = None
        if self._bugs:
            raise self._bugs[0]

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - start() raises it in the test's thread
            if self._started.done():
                self._bugs.append(error)
            else:
                self._started.set_exception(error)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._listen_somewhere()
        self._started.set_result(None)
        await self._stop.wait()
        self._refuse()
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def _listen_somewhere(self) -> None:
        for _ in range(_ATTEMPTS - 1):
            self.port = free_port()
            if self._could_listen():
                return
        self.port = free_port()
        self._listen()

    def _could_listen(self) -> bool:
        try:
            self._listen()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True

    def _listen(self) -> None:
        # Not asyncio's server: it loses track of what it accepts just as it is closed.
        self._listener = socket.create_server(self.address, backlog=1024)
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._welcome)

    def _welcome(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # the client did not wait
            return
        # Without this, a reply in two pieces waits for the client's delayed acknowledgement.
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._plan.count("connections")
        link = Link(self._plan, peer, reset=self._reset)
        task = self._loop.create_task(link.run(*self._upstream))
        self._links[task] = link
        task.add_done_callback(self._part)

    def _part(self, task: asyncio.Task[None]) -> None:
        self._links.pop(task).close()
        if not task.cancelled() and (error := task.exception()):
            self._bugs.append(error)

    def _refuse(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener)
            self._listener.close()
        self._cut()

    def _cut(self) -> None:
        for link in self._links.values():
            link.cut()

    def _call(self, action: Callable[[], T]) -> T:
        """Run it in the proxy's thread, and wait for it."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except BaseException as error:  # noqa: BLE001 - it is raised in the calling thread
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(_SECONDS)
