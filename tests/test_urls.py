"""What a URL says about where Redis is, without its passwords getting anywhere."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import redis

from openai_agents_session import RedisSession, SyncRedisSession, SyncRedisSessionManager
from openai_agents_session._connect.urls import (
    ClusterNodes,
    Memory,
    Sentinels,
    Standalone,
    read_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cret"


def credentials(options: dict[str, Any]) -> tuple[str, ...]:
    """Return the credentials among the options of a client."""
    assert not {"username", "password"} & options.keys()
    provider = options.get("credential_provider")
    return provider.get_credentials() if provider else ()


@pytest.mark.parametrize("url", ["redis://", "redis://h", "rediss://u:p@h:1/2?protocol=3"])
def test_one_server(url: str) -> None:
    address = read_url(url, {"socket_timeout": 1.0})
    assert isinstance(address, Standalone)
    assert address.url == url
    assert address.options == {
        "socket_timeout": 1.0,
        "socket_connect_timeout": 5.0,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }


def test_a_unix_socket() -> None:
    address = read_url("unix:///tmp/a@b.sock", None)
    assert isinstance(address, Standalone)
    assert address.options == {"socket_timeout": 5.0, "health_check_interval": 30}


@pytest.mark.parametrize(("url", "name"), [("memory://", ""), ("memory://my/name", "my/name")])
def test_memory(url: str, name: str) -> None:
    assert read_url(url, {"socket_timeout": 1.0}) == Memory(name)


def test_sentinels() -> None:
    address = read_url("redis+sentinel://a:1,b,[::1]:3/my%20master/4", {"db": 9, "protocol": 3})
    assert isinstance(address, Sentinels)
    assert address.nodes == [("a", 1), ("b", 26379), ("::1", 3)]
    assert address.service == "my master"
    assert address.options == {
        "db": 4,
        "protocol": 3,
        "socket_timeout": 5.0,
        "socket_connect_timeout": 5.0,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
    assert address.sentinel_options == {
        "socket_timeout": 1.0,
        "socket_connect_timeout": 1.0,
        "socket_keepalive": True,
    }


def test_sentinels_with_settings() -> None:
    address = read_url(
        "rediss+sentinel://me:p%40ss@a/mymaster?socket_timeout=2&sentinel_password=other",
        {"socket_timeout": 9.0, "sentinel_kwargs": {"socket_connect_timeout": 0.5}},
    )
    assert isinstance(address, Sentinels)
    assert credentials(address.options) == ("me", "p@ss")
    assert credentials(address.sentinel_options) == ("other",)
    assert address.options["socket_timeout"] == address.sentinel_options["socket_timeout"] == 2.0
    assert address.sentinel_options["socket_connect_timeout"] == 0.5
    assert address.options["ssl"] is address.sentinel_options["ssl"] is True
    assert "sentinel_kwargs" not in address.options


def test_a_cluster() -> None:
    address = read_url("redis+cluster://:pw@a:1,b", {"socket_timeout": 1.0, "username": "me"})
    assert isinstance(address, ClusterNodes)
    assert address.nodes == [("a", 1), ("b", 6379)]
    assert credentials(address.options) == ("pw",)
    assert address.options["socket_timeout"] == 1.0
    assert address.options["socket_connect_timeout"] == 5.0
    assert "db" not in address.options


def test_the_password_may_be_passed_beside_the_url() -> None:
    for url in ("redis+cluster://a", "redis+sentinel://a/mymaster"):
        address: Any = read_url(url, {"password": "pw"})
        assert credentials(address.options) == ("pw",)
        own: Any = object()
        address = read_url(url, {"credential_provider": own})
        assert address.options["credential_provider"] is own


UNREADABLE = [
    f"redis://me:{SECRET}/x@host:6379",
    f"redis://me:{SECRET}#x@host:6379",
    f"redis://me:{SECRET}?x@host:6379",
    "redis://me:123/s3cret@host:6379",
    "redis://me:123?s3cret@host:6379",
    "redis://me:123#s3cret@host:6379",
    f"redis://host:{SECRET}",
    f"redis://[{SECRET}]@host",
    f"redis://[{SECRET}@host",
    f"redis://me:{SECRET}\u2100@host",  # falls apart when it is normalised
    f"rediss://me:{SECRET}@host:99999",
    f"redis+sentinel://me:{SECRET}/x@host:1/mymaster",
    f"redis+sentinel://me:{SECRET}@host:/mymaster",
    f"redis+sentinel://me:{SECRET}@/mymaster",
    f"redis+sentinel://me:{SECRET}@host,,host/mymaster",
    f"redis+cluster://me:{SECRET}",
    f"redis+cluster://me:{SECRET}@host:0",
    f"redis+cluster://me:{SECRET}#x@host",
    f"redis+cluster://me:{SECRET}@ho st",
    f"REDIS://me:{SECRET}@host",
    f"me:{SECRET}@host",
    f"http://me:{SECRET}@host",
    f"redis+sentinel://me:{SECRET}@host",
    f"redis+sentinel://me:{SECRET}@host//0",
    f"redis+sentinel://me:{SECRET}@host/mymaster/{SECRET}",
    f"redis+cluster://me:{SECRET}@host/1",
    f"redis+cluster://me:{SECRET}@host?db=1",
    f"redis+cluster://me:{SECRET}@host?db={SECRET}",
    f"redis://me:{SECRET}@host?db={SECRET}",
    f"redis://me:{SECRET}@host/{SECRET}",
    f"redis://me:{SECRET}@host#{SECRET}",
    f"redis://me:12?{SECRET}=@host",
    f"unix://me:{SECRET}@run/redis.sock",
]


@pytest.mark.parametrize("url", UNREADABLE)
@pytest.mark.parametrize(
    "make",
    [
        lambda url: RedisSession.from_url("user-123", url),
        lambda url: SyncRedisSession.from_url("user-123", url),
        lambda url: SyncRedisSessionManager(url=url),
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(make: Callable[[str], object], url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        make(url)
    error: BaseException | None = caught.value
    while error:  # what a traceback would show
        assert SECRET not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{SECRET}@host?password={SECRET}",
        f"redis+sentinel://me:{SECRET}@host/mymaster?sentinel_password={SECRET}",
        f"redis+cluster://me:{SECRET}@host",
    ],
)
def test_passwords_are_in_no_repr(url: str) -> None:
    assert SECRET not in repr(read_url(url, {"password": SECRET}))


def test_an_at_sign_in_the_query_is_fine() -> None:
    assert isinstance(read_url("redis://host/0?password=p@ss", None), Standalone)


@pytest.mark.parametrize("missing", ["fakeredis", "lupa"])
def test_memory_without_its_engine(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it could not be imported
    with pytest.raises(ImportError, match=r"openai-agents-session\[memory\]"):
        SyncRedisSession.from_url("user-123", "memory://")
    with pytest.raises(ImportError, match=r"openai-agents-session\[memory\]"):
        RedisSession.from_url("user-123", "memory://")


def test_a_name_in_memory_is_one_server_for_both_apis() -> None:
    url = f"memory://{uuid4()}"

    async def read() -> list[Any]:
        async with RedisSession.from_url("user-123", url) as session:
            return list(await session.get_items())

    with SyncRedisSession.from_url("user-123", url) as session:
        session.add_items([{"role": "user", "content": "a"}])
    with SyncRedisSession.from_url("user-123", url) as session:
        assert session.count() == 1
    for _ in range(2):  # each in an event loop of its own
        assert asyncio.run(read()) == [{"role": "user", "content": "a"}]


@pytest.mark.parametrize(
    "url",
    [
        "redis://h/",
        "redis://h//1/",
        "redis://h/%31",
        "redis://h/1 ",
        "redis://h/0?db=1",
        "redis://?host=h&port=1&db=",
        "redis://h?db=&db=1",
        "redis://h?",
        "redis://h#",
        "rediss://h?ssl_cert_reqs=none&ssl_check_hostname=false",
        "redis://h?client_name=a&client_name=a&decode_responses=True&max_connections=5",
        "unix:///run/redis.sock?db=1&username=me&password=p%23",
        "unix://me:pw@/run/redis.sock",
        "unix://localhost/run/redis.sock",
        "redis+sentinel://h/main/",
        "redis+sentinel://h/main/1/?db=1",
        "redis+sentinel://h/main?db=1&min_other_sentinels=1&sentinel_username=me",
        "redis+cluster://h/0?db=0&read_from_replicas=true&require_full_coverage=false",
    ],
)
def test_what_works_with_redis_py_works(url: str) -> None:
    read_url(url, None)


@pytest.mark.parametrize(
    "rest", ["/abc", "/-1", "/1/2", "/1a", "/+1", "/1_0", "/\u0661", "/" + "9" * 5000]
)
@pytest.mark.parametrize("start", ["redis://h", "rediss://h", "redis+sentinel://h/main"])
def test_a_database_is_a_number(start: str, rest: str) -> None:
    with pytest.raises(ValueError, match=r"^the URL's database must be one number, 0 or more$"):
        read_url(f"{start}{rest}", None)


SCHEMES = [
    "redis://h",
    "rediss://h",
    "unix:///run/redis.sock",
    "redis+sentinel://h/main",
    "redis+cluster://h",
]


@pytest.mark.parametrize("url", SCHEMES)
@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("?db=-1", "database must be one number, 0 or more"),
        ("?db=one", "the URL cannot be read: Invalid value for .db. "),
        ("?bogus=1", "unknown option 'bogus'"),
        ("?bogus", "unknown option 'bogus'"),
        ("?DB=1", "unknown option 'DB'"),
        ("?protocol=2&protocol=3", "two values for the option 'protocol'"),
        ("?password=p#ss", "has a #"),
        ("#1", "has a #"),
    ],
)
def test_nothing_in_a_url_is_ignored(url: str, rest: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_url(f"{url}{rest}", None)


def test_an_option_of_a_connection_class_of_ones_own() -> None:
    class RegionalConnection(redis.Connection):
        def __init__(self, *, region: str, **options: Any) -> None:
            initialize: Any = super().__init__  # it has no types
            initialize(**options)
            self.region = region

    kwargs = {"connection_class": RegionalConnection}
    url = "redis://h?region=north"
    with SyncRedisSessionManager(url=url, redis_kwargs=kwargs) as manager:
        client: Any = manager.client
        assert client.connection_pool.make_connection().region == "north"
    with pytest.raises(ValueError, match="two values"):
        read_url(f"{url}&region=south", kwargs)


def test_a_part_of_a_password_is_no_option_that_is_named() -> None:
    with pytest.raises(ValueError, match="an unknown option;"):
        read_url(f"redis://me:12?{SECRET}=@host", None)


def test_two_databases_of_a_sentinel_service() -> None:
    with pytest.raises(ValueError, match="two databases"):
        read_url("redis+sentinel://h/main/1?db=2", None)


@pytest.mark.parametrize(
    "url", ["unix://run/redis.sock", "unix://", "unix://me:p/w@/r", "unix://@r"]
)
def test_a_unix_socket_without_a_path(url: str) -> None:
    with pytest.raises(ValueError, match="three slashes and a path"):
        read_url(url, None)
