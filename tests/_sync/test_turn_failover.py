# Generated from tests/_async/test_turn_failover.py by tools/generate.py; edit that file instead.
"""A turn that begins on one primary and ends on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_agents_session import SyncRedisSession, TurnConflictError

from .._blocking import in_thread
from ..support.polling import until
from ..support.sentinel import SentinelGroup
from ..support.turns import LOCK, is_held, stored, talk
from .test_sentinel import primary_of

if TYPE_CHECKING:
    from ..support.server import Server

pytestmark = pytest.mark.slow


def fail_over(group: SentinelGroup, *, keeps_lease: bool) -> Server:
    """Kill the primary and return its successor, which may have received the lease or not."""
    length, replicas = len(stored(group.primary)), group.replicas

    def all_have_everything() -> bool:
        return all(is_held(replica) and len(stored(replica)) == length for replica in replicas)

    until(all_have_everything, 10, "the replication")
    successor = group.wait_failover(group.kill_primary())
    if not keeps_lease:
        successor.command("DEL", LOCK)
    return successor


@pytest.mark.parametrize("keeps_lease", [True, False])
@pytest.mark.parametrize("before", [(), ("a", "b")])
def test_a_turn_is_stored_once_on_the_new_primary(
    before: tuple[str, ...], keeps_lease: bool
) -> None:
    with SentinelGroup() as group:
        with primary_of(group) as client:
            session = SyncRedisSession("ada", client, ttl=1000)
            session.add_items(talk(*before))
            with session.turn("task-1", lease=100) as turn:
                turn.add_items(talk("x"))
                successor = in_thread(lambda: fail_over(group, keeps_lease=keeps_lease))
                assert is_held(successor) is keeps_lease
            assert session.get_items() == talk(*before, "x")
            assert not is_held(successor)
            with session.turn("task-1", blocking_timeout=0) as again:
                assert again.repeated
                assert again.items == talk("x")
            assert len(stored(successor)) == len(talk(*before, "x"))


def test_an_add_after_a_failover_that_lost_the_lease_is_a_conflict() -> None:
    with SentinelGroup() as group:
        with primary_of(group) as client:
            session = SyncRedisSession("ada", client, ttl=1000)
            session.add_items(talk("a"))
            with pytest.raises(TurnConflictError, match="run the turn again"):
                with session.turn("task-1", lease=100) as turn:
                    turn.add_items(talk("x"))
                    successor = in_thread(lambda: fail_over(group, keeps_lease=False))
                    with SyncRedisSession.from_url("ada", successor.url) as other:
                        other.add_items(talk("b"))
            assert turn.items == talk("x")
            assert session.get_items() == talk("a", "b")
            with session.turn("task-1", blocking_timeout=0) as again:
                assert not again.repeated
                again.add_items(talk("x"))
            assert session.get_items() == talk("a", "b", "x")


def test_a_renewal_goes_to_the_new_primary() -> None:
    with SentinelGroup() as group:
        with primary_of(group) as client:
            session = SyncRedisSession("ada", client)
            with session.turn(lease=20) as turn:
                turn.add_items(talk("x"))
                successor = in_thread(lambda: fail_over(group, keeps_lease=True))

                def is_renewed() -> bool:
                    left = successor.command("PTTL", LOCK)
                    assert isinstance(left, int)
                    return left > 18_000

                in_thread(lambda: until(is_renewed, 30, "the renewal"))
            assert session.get_items() == talk("x")
