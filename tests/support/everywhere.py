"""Interrupting a blocking call, or cancelling a task, at each of its points in turn."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence
    from types import FrameType

    from .faults import Fault
    from .proxy import FaultProxy
    from .server import Server

T = TypeVar("T")

_SENDING = {"send", "sendall", "sendmsg"}
_READING = {"recv", "recv_into"}
_WAITING = _SENDING | _READING | {"connect", "sleep", "acquire", "poll", "select"}
_IMMUNE = re.compile(
    # An exception here comes to nothing.
    r"__del__:"
    # Here it leaves a queue of Python's locked forever, and with it a blocking pool of redis-py.
    r"|Condition\.__(enter|exit)__:"
    # Here it leaves a log of Python's locked forever, for all threads but this one.
    r"|Handler\.(acquire|release):|_(acquire|release)Lock:"
)
_ENOUGH = 20


class Brake(Protocol):
    """Delays replies: what is sent in the meantime is answered when it lets go."""

    def hold(self) -> None: ...
    def release(self) -> None: ...


class ProxyBrake:
    """Lets Redis act at once, and its reply come late."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._fault: Fault | None = None

    def hold(self) -> None:
        if self._fault is None:
            self._fault = self._proxy.arm("delay", times=None)

    def release(self) -> None:
        if self._fault is not None:
            self._proxy.disarm()
            self._fault.release()
            self._fault = None


class ServerBrake:
    """Lets Redis act late: the servers stand still. For what no proxy can stand in front of."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self._held = False

    def hold(self) -> None:
        if not self._held:
            self._held = True
            for server in self._servers:
                server.pause()

    def release(self) -> None:
        if self._held:
            for server in self._servers:
                server.resume()
            self._held = False


class Interrupter:
    """Makes blocking calls, and interrupts one of them at the point with a given number.

    A point is where CPython lets a signal handler run: when a function begins that is written in
    Python, when one ends that is written in C, and in one of C that waits, such as `recv`, before
    it has done anything. Replies are held from each sending on until somebody reads after it, so
    that what is interrupted in between leaves its reply unread.
    """

    def __init__(self, brake: Brake) -> None:
        self._brake = brake
        self._has_sent = False
        self._points = 0
        self._number = 0
        self.interruption: type[BaseException] = KeyboardInterrupt
        self._tracer: Any = None  # such as that of a measurement of coverage
        self.path: list[str] = []
        """Where the last interruption struck: functions, the outermost first."""
        self.has_raised = False
        """Whether the last call was interrupted."""
        self.has_ended = False
        """Whether the last call ended by that."""

    def interrupt(
        self, number: int, call: Callable[[], object], interruption: type[BaseException]
    ) -> bool:
        """Make a call that is interrupted at its n-th point; tell whether it has so many."""
        self._number, self.interruption, self.path = number, interruption, []
        self.has_raised = self.has_ended = False
        try:
            self._watch(call)
        except interruption:
            self.has_ended = True
        finally:
            self._number = 0
        return bool(self.path)

    def undisturbed(self, call: Callable[[], T]) -> T:
        """Make a call, and let go what is held as soon as it waits for its reply."""
        try:
            return self._watch(call)
        finally:
            self._brake.release()

    def _watch(self, call: Callable[[], T]) -> T:
        self._points = 0
        self._has_sent = False
        self._tracer = sys.gettrace()
        gc.disable()  # what it calls would not be the same in each round
        sys.setprofile(self._at_event)
        try:
            return call()
        finally:
            sys.settrace(self._tracer)
            sys.setprofile(None)
            gc.enable()

    def _at_event(self, frame: FrameType, event: str, arg: Any) -> None:
        if frame.f_code.co_filename == __file__ or event not in ("call", "c_call", "c_return"):
            return
        if event == "c_call" and not self._waits(arg):
            return
        self._points += 1
        if self._points == self._number:
            self.path = _path(frame)
            if event != "call":
                self.path.append(f"{event.removeprefix('c_')} of {arg.__name__}")
            if not any(map(_IMMUNE.search, self.path)):
                self.has_raised = True
                sys.settrace(self._watch_on)
                raise self.interruption

    def _waits(self, function: Any) -> bool:
        if function.__name__ in _SENDING:
            self._has_sent = True
            if self._number:
                self._brake.hold()
        awaits_reply = self._has_sent and function.__name__ in _READING
        if awaits_reply and self._points + 1 != self._number:
            self._brake.release()
        return function.__name__ in _WAITING

    def _watch_on(self, frame: FrameType, event: str, arg: Any) -> None:
        # A profiler that raises is switched off, and there are still replies to hold and release.
        sys.settrace(self._tracer)
        sys.setprofile(self._at_event)


def _path(frame: FrameType | None) -> list[str]:
    functions: list[str] = []
    while frame is not None and frame.f_code.co_filename != __file__:
        owner = type(frame.f_locals["self"]).__name__ + "." if "self" in frame.f_locals else ""
        functions.append(f"{owner}{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
    return functions[::-1]


class Failures:
    """What went wrong at which points: many of them have one cause."""

    def __init__(self) -> None:
        self._where: dict[str, list[str]] = {}

    @property
    def are_many(self) -> bool:
        """Whether there is no need to go on."""
        return sum(map(len, self._where.values())) >= _ENOUGH

    def add(self, what: object, number: int, path: Sequence[str] = ()) -> None:
        place = " > ".join(path[-6:])
        self._where.setdefault(f"{what!r:.200}", []).append(f"point {number}: {place}")

    def report(self) -> None:
        """Fail if there are any."""
        lines = [f"{len(where)} times {what}, as {where[0]}" for what, where in self._where.items()]
        assert not lines, "\n".join(lines)


class Cancelling:
    """Awaits something, and strikes when it suspends for the n-th time.

    Either at once, or `on_waking`: when what it waited for has just happened, and the task is about
    to go on. Replies are held at the n-th suspension, and let go at the others.
    """

    def __init__(
        self,
        brake: Brake,
        call: Callable[[], Awaitable[T]],
        number: int = 0,
        strike: Callable[[], object] = lambda: None,
        *,
        on_waking: bool = False,
    ) -> None:
        self._brake = brake
        self._call = call
        self._number = number
        self._strike = strike
        self._on_waking = on_waking
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        if self._number:
            self._brake.hold()
        steps = self._call().__await__()
        try:
            waiting = next(steps)
            while True:
                self._suspended(waiting)
                try:
                    result = yield waiting
                except BaseException as error:  # noqa: BLE001  the call is to see it, too
                    if self.suspensions < self._number:
                        self._brake.hold()
                    waiting = steps.throw(error)
                else:
                    if self.suspensions < self._number:
                        self._brake.hold()
                    waiting = steps.send(result)
        except StopIteration as end:
            return end.value

    def _suspended(self, waiting: Any) -> None:
        self.suspensions += 1
        if self.suspensions != self._number:
            self._brake.release()
        elif not self._on_waking:
            self._strike()
        else:
            self._brake.release()
            if waiting is None:
                asyncio.get_running_loop().call_soon(self._strike)
            else:
                waiting.add_done_callback(lambda _: self._strike())
