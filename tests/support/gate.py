"""Programs whose model waits: a test learns which process called it, and lets it answer."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from .polling import until

GATED_MODEL = Path(__file__).parent / "gated_model"

_CALL_SECONDS = 60.0


class Gate:
    """A gate in a folder: every call of the model is noted, and waits until the gate is open."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"GATE": str(folder), "LEASE": "1"}
        self._folder = folder

    @property
    def calls(self) -> list[str]:
        """The calls so far, each named after the process that made it."""
        return [path.name for path in self._folder.iterdir() if path.name != "open"]

    def wait_for_call(self, count: int = 1) -> None:
        """Wait until the model was called so many times."""
        until(lambda: len(self.calls) >= count, _CALL_SECONDS, f"call {count} of the model")

    def kill_caller(self) -> None:
        """Kill the process that called the model first, in the middle of its turn."""
        self.wait_for_call()
        pid = int(self.calls[0].split("-")[0])
        os.kill(pid, signal.SIGKILL)

    def open(self) -> None:
        """Let this and all later calls be answered."""
        (self._folder / "open").touch()

    def close(self) -> None:
        """Let later calls wait again."""
        (self._folder / "open").unlink(missing_ok=True)
