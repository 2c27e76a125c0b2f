"""Names, IPv4 and IPv6 addresses in one URL, on Pythons that check brackets and on others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from openai_agents_session import RedisSession, SyncRedisSession
from openai_agents_session._connect import urls as _urls

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from .support.cluster import Cluster
    from .support.sentinel import SentinelGroup

ITEM: Any = {"role": "user", "content": "Hello"}

HOSTS: dict[str, list[tuple[str, int]]] = {
    "h1:1,[::1]:2": [("h1", 1), ("::1", 2)],
    "[::1]:2,h1:1": [("::1", 2), ("h1", 1)],
    "10.0.0.1:1,[2001:db8::1]:2,host.example:3": [
        ("10.0.0.1", 1),
        ("2001:db8::1", 2),
        ("host.example", 3),
    ],
    "[::1]": [("::1", 0)],
    "h1,[::1]": [("h1", 0), ("::1", 0)],
}


def strict_urlsplit(url: str) -> SplitResult:
    """As from Python 3.14 on: nothing may stand around a host in brackets."""
    netloc = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    before, bracket, rest = netloc.partition("[")
    if bracket and (before or rest.partition("]")[2].strip("0123456789:")):
        raise ValueError("Invalid IPv6 URL")
    return urlsplit(url)


@pytest.fixture(params=["this Python's", "a strict one"])
def splitter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "a strict one":
        with pytest.raises(ValueError, match="IPv6"):
            strict_urlsplit("redis+cluster://h1:1,[::1]:2")
        monkeypatch.setattr(_urls, "urlsplit", strict_urlsplit)


@pytest.mark.usefixtures("splitter")
@pytest.mark.parametrize("login", ["", "me:p%40ss@", ":p%5B1%5D@"])
@pytest.mark.parametrize("hosts", HOSTS)
def test_what_is_read(hosts: str, login: str) -> None:
    def nodes(default: int) -> list[tuple[str, int]]:
        return [(host, port or default) for host, port in HOSTS[hosts]]

    cluster = _urls.read_url(f"redis+cluster://{login}{hosts}", None)
    assert isinstance(cluster, _urls.ClusterNodes)
    assert cluster.nodes == nodes(6379)
    sentinels = _urls.read_url(f"rediss+sentinel://{login}{hosts}/mymaster/3?protocol=3", None)
    assert isinstance(sentinels, _urls.Sentinels)
    assert sentinels.nodes == nodes(26379)
    assert sentinels.service == "mymaster"
    assert sentinels.options["db"] == 3
    assert sentinels.options["protocol"] == 3
    assert ("credential_provider" in sentinels.options) is bool(login)


@pytest.mark.usefixtures("splitter")
@pytest.mark.parametrize(
    "hosts", ["h1:1,[::1:2", "h1:1,::1]:2", "[::1]x:1,h:2", "h1:1,,[::1]:2", "[not hex]:1,h:2"]
)
def test_what_cannot_be_read(hosts: str) -> None:
    for url in (f"redis+cluster://me:secret@{hosts}", f"redis+sentinel://me:secret@{hosts}/m"):
        with pytest.raises(ValueError, match="URL cannot be read") as caught:
            _urls.read_url(url, None)
        assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("splitter")
def test_one_host_in_brackets() -> None:
    for url in ("redis://[::1]:6379/0", "rediss://me:secret@[::1]:6379"):
        assert isinstance(_urls.read_url(url, None), _urls.Standalone)


@pytest.mark.usefixtures("splitter")
async def test_a_cluster_with_a_host_that_is_not_there(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    url = f"redis+cluster://[::1]:1,{host}:{port}"
    async with RedisSession.from_url("ada", url) as session:
        await session.add_items([ITEM])
    with SyncRedisSession.from_url("ada", url) as blocking:
        assert blocking.get_items() == [ITEM]


@pytest.mark.usefixtures("splitter")
async def test_a_sentinel_that_is_not_there(sentinels: SentinelGroup) -> None:
    host, port = sentinels.sentinels[0]
    url = f"redis+sentinel://[::1]:1,{host}:{port}/{sentinels.service_name}"
    async with RedisSession.from_url("ada", url) as session:
        assert await session.ping() is True
    with SyncRedisSession.from_url("ada", url) as blocking:
        assert blocking.ping() is True
