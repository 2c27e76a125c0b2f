"""The commands that a server carried out, and their time, as `INFO commandstats` reports them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.resp import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.resp import Connection

_LINE = re.compile(r"cmdstat_(?P<name>[^|:]+)[^:]*:calls=(?P<calls>\d+),usec=(?P<usec>\d+)")
_OUR_OWN = "INFO"
_CONTAINER = "EXEC"  # its time is that of the commands since MULTI, which the server counts, too


@dataclass(frozen=True)
class Commands:
    """How often each command ran, and for how many microseconds.

    The server counts the commands of a script, too, although the time of EVALSHA contains theirs.
    """

    calls: Counter[str] = field(default_factory=Counter)
    microseconds: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Commands) -> Commands:
        return Commands(self.calls + other.calls, self.microseconds + other.microseconds)

    def __sub__(self, other: Commands) -> Commands:
        return Commands(self.calls - other.calls, self.microseconds - other.microseconds)

    def seconds(self, sent: Mapping[str, int]) -> float:
        """Return the time of the commands that clients sent, in which that of scripts is included.

        Raises:
            ValueError: A script ran the same command as a client, so their times cannot be told
                apart.
        """
        if both := [name for name, count in sent.items() if self.calls[name] != count]:
            raise ValueError(f"clients and scripts ran the same commands: {both}")
        return 1e-6 * sum(self.microseconds[name] for name in sent if name != _CONTAINER)

    def in_scripts(self, sent: Mapping[str, int]) -> int:
        """Return how many of the commands were run by scripts, and not sent by clients."""
        return sum(self.calls.values()) - sum(sent.values())


def read_commands(connection: Connection) -> Commands:
    """Return what the server has carried out since its start, except for these questions."""
    read = Commands()
    for line in text(connection.call("INFO", "commandstats")).splitlines():
        if (found := _LINE.match(line)) and (name := found["name"].upper()) != _OUR_OWN:
            read.calls[name] += int(found["calls"])  # subcommands have a line each
            read.microseconds[name] += int(found["usec"])
    return read
