"""Blocking calls that a signal handler interrupts: Ctrl-C, or the soft time limit of Celery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.internals import client_of, give_up_at_once, replace_decoding, script
from .support.interruptions import INTERRUPTIONS, interrupt_when_struck, items, raised_by_signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.cluster import Cluster
    from .support.proxy import FaultProxy
    from .support.server import Server


@pytest.fixture(params=INTERRUPTIONS)
def interruption(request: pytest.FixtureRequest) -> Iterator[type[BaseException]]:
    """An exception that a signal raises."""
    with raised_by_signal(request.param):
        yield request.param


def test_an_interrupted_pop_puts_its_item_back(
    proxy: FaultProxy, interruption: type[BaseException]
) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        session.add_items(items(1, 2))
        fault = proxy.arm("delay", b"EVAL\r\n")
        interrupt_when_struck(fault, session.pop_item, interruption)
        assert session.get_items() == items(1, 2)


def test_an_undo_that_cannot_be_made_is_logged(
    proxy: FaultProxy,
    interruption: type[BaseException],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_up_at_once(monkeypatch)
    options = {"socket_timeout": 0.5}
    url = proxy.url
    with SyncRedisSession.from_url("user-123", url, ttl=1000, redis_kwargs=options) as session:
        session.add_items(items(1))
        fault = proxy.arm("delay", b"EVAL\r\n")
        proxy.arm("blackhole", script("pop.UNDO_POP").sha.encode(), times=None)
        interrupt_when_struck(fault, session.pop_item, interruption)
    assert "a pop was interrupted" in caplog.text
    assert session.key in caplog.text
    assert "role" not in caplog.text


def test_an_interrupted_add_is_there_as_a_whole(
    proxy: FaultProxy, interruption: type[BaseException]
) -> None:
    with SyncRedisSession.from_url("user-123", proxy.url, ttl=1000) as session:
        fault = proxy.arm("delay", b"EVAL\r\n")
        add = lambda: session.add_items(items(1, 2, 3))  # noqa: E731
        interrupt_when_struck(fault, add, interruption)
        assert session.get_items() == items(1, 2, 3)
        assert session.expires_in() == 1000


def test_an_interruption_while_an_item_is_decoded_puts_it_back(
    server: Server, interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> None:
        raise interruption

    with SyncRedisSession.from_url("user-123", server.url, ttl=1000) as session:
        session.add_items(items(1, 2))
        with monkeypatch.context() as patch:
            replace_decoding(patch, interrupt)
            with pytest.raises(interruption):
                session.pop_item()
        assert session.get_items() == items(1, 2)


class OldPool(redis.BlockingConnectionPool):
    """As that of redis-py before 7, which knows only how to close all of its connections."""

    def disconnect(self, *_: Any, **__: Any) -> None:
        super().disconnect()


POOLS: list[Any] = [redis.ConnectionPool, redis.BlockingConnectionPool, OldPool]


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.__name__)
def test_no_call_reads_what_an_interrupted_one_left(
    server: Server, interruption: type[BaseException], pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the sending of a command and the reading of its reply, redis-py notices nothing."""

    def interrupt(*_: object, **__: object) -> None:
        raise interruption

    with redis.Redis(connection_pool=pool(host=server.host, port=server.port)) as client:
        ada, bob = SyncRedisSession("ada", client), SyncRedisSession("bob", client)
        ada.add_items(items(1))
        bob.add_items(items(2))
        with monkeypatch.context() as patch:
            patch.setattr(client, "parse_response", interrupt)
            with pytest.raises(interruption):
                ada.get_items()
        assert bob.get_items() == items(2)
        assert ada.get_items() == items(1)
        client.connection_pool.disconnect()


def test_no_call_on_a_cluster_reads_what_an_interrupted_one_left(
    cluster: Cluster, interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise interruption

    host, port = cluster.startup[0]
    url = f"redis+cluster://{host}:{port}"
    with SyncRedisSessionManager(url=url, key_prefix="{one node}") as manager:
        ada, bob = manager.session("ada"), manager.session("bob")
        ada.add_items(items(1))
        bob.add_items(items(2))
        nodes: list[Any] = client_of(manager).get_nodes()
        assert len(nodes) > 1
        with monkeypatch.context() as patch:
            for node in nodes:
                if node.redis_connection is not None:
                    patch.setattr(node.redis_connection, "parse_response", interrupt)
            with pytest.raises(interruption):
                ada.count()
        assert bob.get_items() == items(2)
        assert ada.get_items() == items(1)
