"""A server program of an example: started on a free port, asked over HTTP, stopped by its pid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import openai_agents_session

from .gate import GATED_MODEL, Gate
from .polling import until
from .ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

EXAMPLES = Path(__file__).parents[2] / "examples"
LIBRARY = Path(openai_agents_session.__file__).parents[1]  # the one under test, wherever it is

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 60.0


def example_environment(redis_url: str, gate: Gate | None = None) -> dict[str, str]:
    """What an example runs with: no key, a Redis server, and the library under test."""
    inherited = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    paths = [str(LIBRARY), str(EXAMPLES), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(paths), "REDIS_URL": redis_url}
    return {**inherited, **own, **(gate.environment if gate else {})}


def example_folder(gate: Gate | None = None) -> Path:
    """Where an example runs, which decides what model it imports."""
    return GATED_MODEL if gate else EXAMPLES


class Program:
    """One program, run in a `with` block; its output is shown where something fails."""

    def __init__(self, arguments: Sequence[str], redis_url: str, gate: Gate | None = None) -> None:
        self._arguments = [sys.executable, "-m", *arguments]
        self._environment = example_environment(redis_url, gate)
        self._folder = example_folder(gate)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the program
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._arguments,
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    @property
    def output(self) -> str:
        """What it has said so far."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def wait_for(self, ready: Any) -> None:
        """Wait until it is ready; say what it said where it ends before, or takes too long."""

        def ended_or_ready() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"{self._arguments} ended:\n{self.output}")
            return bool(ready())

        try:
            until(ended_or_ready, _START_SECONDS, f"{self._arguments}", not_yet=(OSError,))
        except TimeoutError as error:
            raise RuntimeError(f"{self._arguments} did not start:\n{self.output}") from error


class WebApp(Program):
    """A chat service; `{port}` in its arguments stands for the port it is to listen on."""

    def __init__(self, arguments: Sequence[str], redis_url: str, gate: Gate | None = None) -> None:
        self.port = free_port()
        words = [word.replace("{port}", str(self.port)) for word in arguments]
        super().__init__(words, redis_url, gate)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.wait_for(lambda: self.ask("GET", "nobody")[0] == 200)
        except BaseException:
            self.__exit__()
            raise
        return self

    def ask(
        self, method: str, name: str, message: str | None = None, key: str | None = None
    ) -> tuple[int, Any]:
        """Send one request; return the status and the JSON of the answer, if it has any."""
        body = None if message is None else {"message": message}
        try:
            with self.open(method, name, body, key) as response:
                answer = response.read()
                return response.status, json.loads(answer) if answer else None
        except HTTPError as error:
            with error:
                error.read()
            return error.code, None

    def open(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """Send one request; return the response, which may still be coming in."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://{LOOPBACK}:{self.port}/chats/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers if key is None else {**headers, "Idempotency-Key": key},
        )
        return urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)
