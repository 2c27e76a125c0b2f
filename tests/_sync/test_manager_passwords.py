# Generated from tests/_async/test_manager_passwords.py by tools/generate.py; edit that file instead.
"""The passwords of a manager's client: used, but never logged or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis import exceptions
from redis.backoff import NoBackoff

from openai_agents_session import SyncRedisSessionManager

from .._blocking import Retry, Sentinel
from ..support.ports import free_port
from ..support.server import Server
from .manager_calls import store_and_read

if TYPE_CHECKING:
    from ..support.sentinel import SentinelGroup


def test_a_wrong_password_is_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    with Server(requirepass="right") as server:
        url = f"redis://somebody:s3cret@{server.host}:{server.port}"
        with SyncRedisSessionManager(url=url) as manager:
            assert manager.store_message("user-123", "user", "Hello") is False
            session = manager.session("user-123")
            shown = [repr(manager), repr(session), str(manager)]
            with pytest.raises(exceptions.ConnectionError) as caught:
                session.get_items()
    assert "AuthenticationError" in caplog.text
    for text in (caplog.text, str(caught.value), *shown):
        assert "s3cret" not in text
        assert server.host not in text or "Error" in text


@pytest.mark.usefixtures("no_patience")
@pytest.mark.slow
def test_the_passwords_of_sentinels_and_clusters_are_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = f"127.0.0.1:{free_port()}"
    for url in (
        f"redis+sentinel://me:s3cret@{host}/mymaster?sentinel_username=me&sentinel_password=s3cret",
        f"redis+cluster://me:s3cret@{host}",
    ):
        with SyncRedisSessionManager(url=url) as manager:
            assert manager.store_message("user-123", "user", "Hello") is False
            session = manager.session("user-123")
            with pytest.raises(exceptions.ConnectionError) as caught:
                session.get_items()
            assert "s3cret" not in f"{caught.value!r} {caught.value} {session!r} {manager!r}"
    assert len(caplog.records) == 2
    assert "s3cret" not in caplog.text


@pytest.mark.usefixtures("no_patience")
@pytest.mark.slow
def test_the_password_of_a_sentinel_client_of_ones_own_is_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: Any = {"password": "s3cret", "retry": Retry(NoBackoff(), 0)}
    make: Any = Sentinel
    sentinel = make([("127.0.0.1", free_port())], sentinel_kwargs=asked)
    client = sentinel.master_for("mymaster")
    assert SyncRedisSessionManager(client).store_message("user-123", "user", "Hello") is False
    assert "No master found for 'mymaster' : " in caplog.text
    assert "s3cret" not in caplog.text
    client.close()
    for watcher in sentinel.sentinels:
        watcher.close()


def test_sentinels_with_passwords_are_told_them(sentinels: SentinelGroup) -> None:
    for server in (*sentinels.servers, *sentinels.watchers):
        server.command("ACL", "SETUSER", "somebody", "on", ">p@ss/word", "~*", "&*", "+@all")
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    secret = "p%40ss%2Fword"
    url = (
        f"redis+sentinel://somebody:{secret}@{hosts}/{sentinels.service_name}"
        f"?sentinel_username=somebody&sentinel_password={secret}"
    )
    with SyncRedisSessionManager(url=url) as manager:
        store_and_read(manager)
        users = [str(s.command("CLIENT", "LIST")) for s in (sentinels.primary, *sentinels.watchers)]
    assert sum("user=somebody" in user for user in users) == 2  # the primary, and who named it
    for server in (*sentinels.servers, *sentinels.watchers):
        server.command("ACL", "DELUSER", "somebody")
