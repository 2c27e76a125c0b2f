"""The time that a server spends on commands is counted once, whoever runs them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks.commandstats import Commands, read_commands

if TYPE_CHECKING:
    from .support.server import Server

SCRIPT = "redis.call('SET', KEYS[1], 1) return redis.call('INCR', KEYS[1])"


def commands(**ran: tuple[int, int]) -> Commands:
    calls = Counter({name: count for name, (count, _) in ran.items()})
    return Commands(calls, Counter({name: spent for name, (_, spent) in ran.items()}))


def test_the_time_of_a_script_contains_that_of_its_commands() -> None:
    ran = commands(EVALSHA=(2, 40), SET=(2, 10), LRANGE=(1, 7))
    sent = {"EVALSHA": 2, "LRANGE": 1}
    assert ran.seconds(sent) == pytest.approx(47e-6)
    assert ran.in_scripts(sent) == 2


def test_the_time_of_a_transaction_is_that_of_its_commands() -> None:
    ran = commands(MULTI=(1, 1), RPUSH=(2, 12), EXEC=(1, 15))
    sent = {"MULTI": 1, "RPUSH": 2, "EXEC": 1}
    assert ran.seconds(sent) == pytest.approx(13e-6)
    assert ran.in_scripts(sent) == 0


def test_what_a_client_and_a_script_ran_cannot_be_told_apart() -> None:
    ran = commands(EVALSHA=(1, 20), SET=(2, 9))
    with pytest.raises(ValueError, match=r"the same commands: \['SET'\]"):
        ran.seconds({"EVALSHA": 1, "SET": 1})


def test_a_server_counts_the_commands_of_scripts(server: Server) -> None:
    with server.connect() as connection:
        earlier = read_commands(connection)
        connection.call("EVAL", SCRIPT, 1, "key")
        connection.call("CONFIG", "GET", "maxmemory")  # a line of its own since Redis 7
        connection.call("CONFIG", "GET", "timeout")
        ran = read_commands(connection) - earlier
    assert ran.calls == {"EVAL": 1, "SET": 1, "INCR": 1, "CONFIG": 2}
    assert ran.in_scripts({"EVAL": 1, "CONFIG": 2}) == 2


def test_a_server_counts_the_commands_of_transactions(server: Server) -> None:
    with server.connect() as connection:
        earlier = read_commands(connection)
        connection.pipeline(("MULTI",), ("INCR", "key"), ("EXEC",))
        ran = read_commands(connection) - earlier
    assert ran.calls == {"MULTI": 1, "INCR": 1, "EXEC": 1}
    assert ran.microseconds["EXEC"] >= ran.microseconds["INCR"]
    assert ran.in_scripts(ran.calls) == 0
