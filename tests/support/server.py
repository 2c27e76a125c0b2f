"""One server process: started on a free port, proven to be ours, and gone when the test is."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from . import reaper
from .binary import Binary, find_binary
from .monitor import Monitor
from .polling import until
from .ports import LOOPBACK, free_port
from .resp import Connection, ReplyError, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from .resp import Argument, Reply

Option: TypeAlias = str | int | float | Path | Sequence[str]

_START_SECONDS = 20.0
_PROBE_SECONDS = 0.5
_STOP_SECONDS = 5.0
_ATTEMPTS = 5
_POLL_SECONDS = 0.01


class ServerError(RuntimeError):
    """The server did not start; carries the end of its log."""


class PortTakenError(ServerError):
    """Somebody else was quicker to listen on the port."""


class Server:
    """A Redis or Valkey server of our own, without persistence unless asked.

    Options are the server's directives, such as `appendonly="yes"` or `maxmemory="100mb"`; one with
    several words takes a sequence. Use it in a `with`, or call `start()` and `close()`.
    """

    host = LOOPBACK

    def __init__(
        self,
        options: Mapping[str, Option] | None = None,
        /,
        *,
        auth: tuple[str, str] | None = None,
        unix_socket: bool = False,
        binary: Binary | None = None,
        **more: Option,
    ) -> None:
        self.binary = binary or find_binary()
        self.directory = Path(tempfile.mkdtemp(prefix="redis-"))
        reaper.watch(self.directory)
        self.unix_socket = self.directory / "server.sock" if unix_socket else None
        self._options = {k.replace("_", "-"): v for k, v in {**(options or {}), **more}.items()}
        password = self._options.get("requirepass")
        self.auth = auth or (("default", str(password)) if password else None)
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        _open.add(self)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.binary.name} {self._port}>"

    @property
    def port(self) -> int:
        if self._port is None:
            raise RuntimeError("the server was never started")
        return self._port

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port

    @property
    def url(self) -> str:
        user = "{}:{}@".format(*(quote(part, safe="") for part in self.auth)) if self.auth else ""
        return f"redis://{user}{self.host}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # Talking to it

    def connect(self, timeout: float = 5.0) -> Connection:
        """A raw connection, authenticated where the server wants that."""
        connection = Connection(self.address, timeout)
        try:
            if self.auth:
                connection.call("AUTH", *self.auth)
        except BaseException:
            connection.close()
            raise
        return connection

    def command(self, *arguments: Argument) -> Reply:
        """One command on a connection of its own; an error reply is raised as `ReplyError`."""
        with self.connect() as connection:
            return connection.call(*arguments)

    def info(self, section: str = "default") -> dict[str, str]:
        return _fields(self.command("INFO", section))

    def wait_info(self, section: str, name: str, value: str) -> None:
        """Wait until INFO reports this value."""
        until(lambda: self.info(section).get(name) == value, _START_SECONDS, f"{name}:{value}")

    @contextmanager
    def monitor(self) -> Iterator[Monitor]:
        """Collect the commands that clients send while the block runs."""
        monitor = Monitor(self.connect)
        try:
            yield monitor
            monitor.sync()
        finally:
            monitor.close()

    # Its life

    def start(self) -> Self:
        for _ in range(_ATTEMPTS):
            self._port = free_port(bus="cluster-enabled" in self._options)
            try:
                self._launch()
            except PortTakenError:
                continue
            return self
        raise PortTakenError(f"{_ATTEMPTS} ports in a row were free, and taken at the start")

    def restart(self) -> None:
        """Start again on the same port and directory; stop first if it still runs."""
        self.stop()
        self._launch()

    def stop(self) -> None:
        """Ask it to end, which works on a paused server too; insist after a while."""
        if self._process is None or not self.alive:
            return
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)  # a paused one hears the first signal after this
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        reaper.watch(self.directory)

    def kill(self) -> None:
        """SIGKILL: nothing is saved, nobody is told."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            reaper.watch(self.directory)

    def pause(self) -> None:
        """SIGSTOP: connections stay open, and nobody answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End the process and remove its directory. Closing again is harmless."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        reaper.forget(self.directory)
        _open.discard(self)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or not self.alive:
            raise RuntimeError("the server does not run")
        return self._process

    def _arguments(self) -> list[str]:
        """The command line behind the binary."""
        options: dict[str, Option] = {"bind": self.host, "port": self.port, "dir": self.directory}
        options |= {"daemonize": "no", "save": "", "appendonly": "no"}
        if self.unix_socket:
            options["unixsocket"] = self.unix_socket
        arguments = []
        for name, value in (options | self._options).items():
            words = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            arguments += [f"--{name}", *map(str, words)]
        return arguments

    def _launch(self) -> None:
        log = self.directory / "log"
        log.unlink(missing_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [self.binary.path, *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                start_new_session=True,  # a Ctrl-C must not end it before the test
            )
        reaper.watch(self.directory, self._process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers(self._process.pid):
            if not self.alive:
                raise self._failure(log, "ended at once")
            if time.monotonic() > deadline:
                self.kill()
                raise self._failure(log, f"did not answer within {_START_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def _answers(self, pid: int) -> bool:
        """Whether the server at our port is the process we started, with its data loaded."""
        try:
            with self.connect(_PROBE_SECONDS) as connection:
                info = _fields(connection.call("INFO"))
        except (OSError, ReplyError):
            return False
        return info.get("process_id") == str(pid) and info.get("loading", "0") == "0"

    def _failure(self, log: Path, what: str) -> ServerError:
        tail = log.read_text(errors="replace")[-2000:]
        kind = PortTakenError if "already in use" in tail else ServerError
        return kind(f"{self.binary} {what}:\n{tail}")


def _fields(reply: Reply) -> dict[str, str]:
    return dict(line.split(":", 1) for line in text(reply).splitlines() if ":" in line)


_open: set[Server] = set()
_owner = os.getpid()


@atexit.register
def _close_forgotten() -> None:
    if os.getpid() == _owner:  # a forked child must not end its parent's servers
        for server in list(_open):
            server.close()
