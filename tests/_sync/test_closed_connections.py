# Generated from tests/_async/test_closed_connections.py by tools/generate.py; edit that file instead.
"""A connection that is closed while a call uses it is lost, whatever the client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

from .._blocking import Connection, ConnectionPool, Redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


class Closing(Connection):
    """Is closed, on demand, while a call uses it: the call finds None where something was."""

    is_due = False

    def read_response(self, *args: Any, **options: Any) -> Any:
        read: Any = super().read_response
        if not Closing.is_due:
            return read(*args, **options)
        Closing.is_due = False
        close: Any = self.disconnect
        close()
        parser: Any = self._parser
        self._parser: Any = None
        try:
            return read(*args, **options)
        finally:
            self._parser = parser


@pytest.fixture
def client(server: Server) -> Iterator[Redis]:
    make: Any = ConnectionPool
    pool = make(connection_class=Closing, host=server.host, port=server.port)
    client = Redis(connection_pool=pool)
    yield client
    client.close()
    pool.disconnect()


def test_a_connection_that_is_closed_under_a_call(client: Redis) -> None:
    session = SyncRedisSession("ada", client)
    session.add_items([ITEM])
    Closing.is_due = True
    session.add_items([ITEM])
    assert not Closing.is_due
    assert session.get_items() == [ITEM, ITEM]


def test_an_error_of_other_code_is_not_taken_for_one(
    client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'write'")

    session = SyncRedisSession("ada", client)
    monkeypatch.setattr(client, "execute_command", fail)
    with pytest.raises(AttributeError, match="'write'"):
        session.add_items([ITEM])
