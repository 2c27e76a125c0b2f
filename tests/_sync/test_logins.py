# Generated from tests/_async/test_logins.py by tools/generate.py; edit that file instead.
"""A credential provider logs in on every topology, and never beside a second login."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from redis.credentials import CredentialProvider

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..support.cluster import Cluster
    from ..support.sentinel import SentinelGroup
    from ..support.server import Server

ITEM: Any = {"role": "user", "content": "Hello"}


class Provider(CredentialProvider):
    """Knows the current password of a user, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def get_credentials(self) -> tuple[str, str]:
        self.asked += 1
        return "grace", "right"


@contextmanager
def user(servers: Sequence[Server]) -> Iterator[None]:
    """Let the servers know a user, and nobody without a password."""
    with ExitStack() as stack:
        for server in servers:
            server.command("ACL", "SETUSER", "grace", "reset", "on", ">right", "~*", "&*", "+@all")
            stack.callback(server.command, "ACL", "DELUSER", "grace")
        yield


def logs_in(url: str, provider: Provider, servers: Sequence[Server]) -> None:
    """Check that a session works, as the user whom the provider names."""
    options = {"credential_provider": provider}
    with user(servers):
        with SyncRedisSession.from_url("ada", url, redis_kwargs=options) as session:
            session.clear_session()
            session.add_items([ITEM])
            assert session.get_items() == [ITEM]
            clients = [str(server.command("CLIENT", "LIST")) for server in servers]
            assert any("user=grace" in client for client in clients)
    assert provider.asked > 0


def test_on_one_server(server: Server) -> None:
    logs_in(f"redis://{server.host}:{server.port}", Provider(), [server])


def test_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    logs_in(f"redis+cluster://{host}:{port}", Provider(), cluster.nodes)


def test_through_sentinels(sentinels: SentinelGroup) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://{hosts}/{sentinels.service_name}"
    logs_in(url, Provider(), sentinels.servers)


@pytest.mark.parametrize(
    "url",
    [
        "redis://{}h:1",
        "rediss://{}h:1",
        "unix://{}/redis.sock",
        "redis+cluster://{}h:1",
        "rediss+cluster://{}h:1,h:2",
        "redis+sentinel://{}h:1/mymaster",
        "rediss+sentinel://{}h:1,[::1]:2/mymaster",
    ],
)
@pytest.mark.parametrize("place", ["url", "url-password", "query", "kwargs"])
def test_two_logins_are_refused(url: str, place: str) -> None:
    login = {"url": "me@", "url-password": ":secret@"}.get(place, "")
    address = url.format(login) + ("?username=me&password=secret" if place == "query" else "")
    options: dict[str, Any] = {"credential_provider": Provider()}
    if place == "kwargs":
        options |= {"username": "me", "password": "secret"}
    for make in (
        lambda: SyncRedisSession.from_url("ada", address, redis_kwargs=options),
        lambda: SyncRedisSessionManager(url=address, redis_kwargs=options),
    ):
        with pytest.raises(ValueError, match="either a credential_provider, or a user") as caught:
            make()
        assert "secret" not in str(caught.value)


def test_two_logins_at_the_sentinels_are_refused() -> None:
    url = "redis+sentinel://h:1/mymaster?sentinel_username=me&sentinel_password=secret"
    options = {"sentinel_kwargs": {"credential_provider": Provider()}}
    with pytest.raises(ValueError, match="either a credential_provider, or a user"):
        SyncRedisSession.from_url("ada", url, redis_kwargs=options)


def test_one_login_for_the_primary_and_another_for_the_sentinels(
    sentinels: SentinelGroup,
) -> None:
    hosts = ",".join(f"{host}:{port}" for host, port in sentinels.sentinels)
    url = f"redis+sentinel://grace:right@{hosts}/{sentinels.service_name}"
    provider = Provider()
    options = {"sentinel_kwargs": {"credential_provider": provider}}
    with user([*sentinels.servers, *sentinels.watchers]):
        with SyncRedisSession.from_url("ada", url, redis_kwargs=options) as session:
            assert session.ping() is True
    assert provider.asked > 0
