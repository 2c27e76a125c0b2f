# Generated from tests/_async/test_lifecycle.py by tools/generate.py; edit that file instead.
"""Who opens and who closes a session's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSession

if TYPE_CHECKING:
    from .._blocking import Action, Redis
    from ..support.server import Server

A: Any = {"role": "user", "content": "a"}
B: Any = {"role": "user", "content": "b"}


def connections(server: Server) -> int:
    """Count the clients of the server, without the one that asks."""
    return int(server.info("clients")["connected_clients"]) - 1


def test_a_session_of_its_own_url_closes_its_client(server: Server) -> None:
    before = connections(server)
    session = SyncRedisSession.from_url("user-123", server.url, ttl=100)
    session.add_items([A])
    assert connections(server) == before + 1
    session.close()
    assert connections(server) == before


def test_the_database_of_a_url(server: Server) -> None:
    address = f"redis://{server.host}:{server.port}"
    with SyncRedisSession.from_url("user-123", f"{address}/1") as session:
        session.add_items([A])
    for rest in ("/1/", "//1", "/%31", "?db=1", "/?db=1", "/0?db=1"):
        with SyncRedisSession.from_url("user-123", f"{address}{rest}") as session:
            assert session.count() == 1, rest
    for rest in ("", "/", "?db="):
        with SyncRedisSession.from_url("user-123", f"{address}{rest}") as session:
            assert session.count() == 0, rest
    for rest in ("/abc", "/1/2", "/-1", "?db=-1", "/1?bd=1", "/1#2"):
        with pytest.raises(ValueError, match="the URL"):
            SyncRedisSession.from_url("user-123", f"{address}{rest}")


def test_a_closed_session_is_finished(server: Server) -> None:
    session = SyncRedisSession.from_url("user-123", url=server.url)
    session.add_items([A])
    session.close()
    session.close()
    operations: list[Action] = [
        session.get_items,
        lambda: session.get_items(limit=0),
        session.pop_item,
        session.clear_session,
        session.count,
        session.expires_in,
        session.ping,
        lambda: session.add_items([A]),
        lambda: session.add_items([]),
        lambda: session.replace_items([A]),
    ]
    for operation in operations:
        with pytest.raises(RuntimeError, match="is closed; create a new one"):
            operation()
    with pytest.raises(RuntimeError, match="is closed"):
        session.lock()


def test_a_session_that_was_never_used_can_be_closed() -> None:
    session = SyncRedisSession.from_url("user-123")
    session.close()


def test_the_block_closes_its_session(server: Server) -> None:
    before = connections(server)
    with SyncRedisSession.from_url("user-123", server.url) as session:
        session.add_items([A])
    assert connections(server) == before
    with pytest.raises(RuntimeError, match="is closed"):
        session.get_items()


def test_a_client_that_was_passed_in_stays_open(client: Redis) -> None:
    with SyncRedisSession("user-123", client) as session:
        session.add_items([A])
    session.close()
    assert session.get_items() == [A]
    assert client.ping()


def test_from_url_takes_every_setting(server: Server) -> None:
    session = SyncRedisSession.from_url(
        "user-123",
        url=server.url,
        redis_kwargs={"decode_responses": True, "socket_timeout": 2.0},
        key_prefix="myapp",
        ttl=60,
        session_settings={"limit": 1},
        max_items=2,
    )
    with session:
        session.add_items([A, B])
        assert session.key == "myapp:user-123"
        assert session.get_items() == [B]
        session.add_items([A])
        assert session.count() == 2
        assert session.expires_in() == 60


def test_from_url_over_a_unix_socket(unix_server: Server) -> None:
    with SyncRedisSession.from_url("user-123", f"unix://{unix_server.unix_socket}") as session:
        session.add_items([A])
        assert session.get_items() == [A]


@pytest.mark.parametrize(
    ("url", "error"), [("localhost:6379", ValueError), ("", ValueError), (None, TypeError)]
)
def test_a_bad_url(url: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        SyncRedisSession.from_url("user-123", url)


def test_ping(server: Server) -> None:
    with SyncRedisSession.from_url("user-123", server.url) as session:
        assert session.ping() is True


def test_ping_of_a_password_that_is_wrong(server: Server) -> None:
    url = f"redis://user:wrong@{server.host}:{server.port}"
    with SyncRedisSession.from_url("user-123", url) as session:
        assert session.ping() is False


def test_names(client: Redis) -> None:
    session = SyncRedisSession("user-123", client, key_prefix="myapp:sessions")
    assert session.session_id == "user-123"
    assert session.key == session._key == "myapp:sessions:user-123"
    class_name = SyncRedisSession.__name__
    assert repr(session) == f"<{class_name} key='myapp:sessions:user-123'>"
    assert SyncRedisSession("user-123", client).key == "openai_agents_session:user-123"
