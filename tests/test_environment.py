"""Which Redis a manager takes from the environment, and what it says of variables it cannot use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from openai_agents_session import RedisSessionManager, SyncRedisSessionManager
from openai_agents_session._connect.environment import connection, lifetime

from .support.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support.resp import Reply

Variables = dict[str, str]

MEMORY: tuple[str, dict[str, Any]] = ("memory://", {})
LOCAL = {"host": "localhost", "port": 6379, "db": 0, "password": None}
URL = "redis://h:1"
BESIDE_URL = {"db": 0, "password": None}

CASES: list[tuple[Variables, tuple[str, dict[str, Any]]]] = [
    ({}, MEMORY),
    ({"REDIS_ENABLED": "false"}, MEMORY),
    ({"REDIS_ENABLED": ""}, MEMORY),
    ({"REDIS_ENABLED": " No "}, MEMORY),
    ({"REDIS_HOST": "h"}, MEMORY),
    ({"REDIS_PORT": "tcp://10.0.0.1:6379"}, MEMORY),
    ({"REDIS_ENABLED": "true"}, ("redis://", LOCAL)),
    ({"REDIS_ENABLED": "True", "REDIS_HOST": "", "REDIS_PORT": ""}, ("redis://", LOCAL)),
    ({"REDIS_ENABLED": "1", "REDIS_HOST": " h "}, ("redis://", {**LOCAL, "host": "h"})),
    ({"REDIS_ENABLED": "on", "REDIS_HOST": "::1"}, ("redis://", {**LOCAL, "host": "::1"})),
    ({"REDIS_ENABLED": "yes", "REDIS_PORT": "7"}, ("redis://", {**LOCAL, "port": 7})),
    ({"REDIS_ENABLED": "true", "REDIS_DB": "2"}, ("redis://", {**LOCAL, "db": 2})),
    (
        {"REDIS_ENABLED": "true", "REDIS_PASSWORD": " p@ss/ "},
        ("redis://", {**LOCAL, "password": " p@ss/ "}),
    ),
    ({"REDIS_URL": URL}, (URL, BESIDE_URL)),
    ({"REDIS_URL": URL, "REDIS_ENABLED": "true"}, (URL, BESIDE_URL)),
    ({"REDIS_URL": URL, "REDIS_ENABLED": "false"}, MEMORY),
    ({"REDIS_URL": URL, "REDIS_HOST": "a,b", "REDIS_PORT": "tcp://x"}, (URL, BESIDE_URL)),
    ({"REDIS_URL": URL, "REDIS_PASSWORD": "p"}, (URL, {**BESIDE_URL, "password": "p"})),
    ({"REDIS_URL": "redis+cluster://h", "REDIS_DB": "0"}, ("redis+cluster://h", BESIDE_URL)),
    ({"REDIS_URL": "memory://name"}, ("memory://name", BESIDE_URL)),
]


@pytest.mark.parametrize(("variables", "expected"), CASES)
def test_connection(variables: Variables, expected: tuple[str, dict[str, Any]]) -> None:
    assert connection(variables) == expected


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"REDIS_ENABLED": "s3cret"}, "REDIS_ENABLED"),
        ({"REDIS_ENABLED": "true", "REDIS_HOST": "redis://:s3cret@h"}, "REDIS_HOST"),
        ({"REDIS_ENABLED": "true", "REDIS_HOST": "h,s3cret"}, "REDIS_HOST"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "s3cret"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "tcp://10.0.0.1:6379"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "65536"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "-1"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "6379.0"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_PORT": "\u0661"}, "REDIS_PORT"),
        ({"REDIS_ENABLED": "true", "REDIS_DB": "one"}, "REDIS_DB"),
        ({"REDIS_ENABLED": "true", "REDIS_DB": "9" * 5000}, "REDIS_DB"),
        ({"REDIS_URL": "h:6379"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://:s3cret/@h"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+sentinel://:s3cret@h"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+cluster://:s3cret@h", "REDIS_DB": "1"}, "REDIS_URL"),
        ({"REDIS_TTL": "1h"}, "REDIS_TTL"),
        ({"REDIS_TTL": "0"}, "REDIS_TTL"),
        ({"REDIS_TTL": "-1"}, "REDIS_TTL"),
        ({"REDIS_TTL": "1.5"}, "REDIS_TTL"),
        ({"REDIS_TTL": "9223372036854775807"}, "REDIS_TTL"),
    ],
)
@pytest.mark.parametrize("manager", [RedisSessionManager, SyncRedisSessionManager])
def test_a_value_that_cannot_be_used_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, manager: Callable[[], object], variables: Variables, name: str
) -> None:
    set_variables(monkeypatch, variables)
    with pytest.raises(ValueError, match=f"^{name} ") as caught:
        manager()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_lifetime() -> None:
    assert lifetime({}) == lifetime({"REDIS_TTL": ""}) == 3600
    assert lifetime({"REDIS_TTL": "60"}) == 60


@pytest.fixture
def protected() -> Any:
    with Server(requirepass="right") as server:
        yield server


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: Variables) -> None:
    for name in ("ENABLED", "URL", "HOST", "PORT", "DB", "PASSWORD", "TTL"):
        monkeypatch.delenv(f"REDIS_{name}", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def stored(server: Server, db: int) -> list[Reply]:
    """Return what the server holds for the user of these tests: how many, and how long."""
    with server.connect() as connection:
        connection.call("SELECT", db)
        return connection.pipeline(("LLEN", "session:user-123"), ("TTL", "session:user-123"))


async def test_the_variables_lead_to_the_server(
    monkeypatch: pytest.MonkeyPatch, protected: Server
) -> None:
    variables = {
        "REDIS_ENABLED": "true",
        "REDIS_HOST": protected.host,
        "REDIS_PORT": str(protected.port),
        "REDIS_DB": "2",
        "REDIS_PASSWORD": "right",
        "REDIS_TTL": "60",
    }
    set_variables(monkeypatch, variables)
    async with RedisSessionManager() as manager:
        assert await manager.store_message("user-123", "user", "Hello")
    with SyncRedisSessionManager() as twin:
        assert twin.store_message("user-123", "user", "Hello")
    assert stored(protected, 2) == [2, 60]
    with SyncRedisSessionManager(ttl=100, redis_kwargs={"db": 3}) as told:
        assert told.store_message("user-123", "user", "Hello")
    assert stored(protected, 3) == [1, 100]


def test_the_url_wins_over_host_and_port(
    monkeypatch: pytest.MonkeyPatch, protected: Server
) -> None:
    variables = {
        "REDIS_URL": f"redis://{protected.host}:{protected.port}",
        "REDIS_HOST": "nowhere.invalid",
        "REDIS_PORT": "1",
        "REDIS_DB": "2",
        "REDIS_PASSWORD": "right",
    }
    set_variables(monkeypatch, variables)
    with SyncRedisSessionManager() as manager:
        assert manager.store_message("user-123", "user", "Hello")
    assert stored(protected, 2) == [1, 3600]
    # What the URL says itself goes before the variables beside it.
    set_variables(monkeypatch, {**variables, "REDIS_URL": protected.url, "REDIS_PASSWORD": "wrong"})
    with SyncRedisSessionManager() as manager:
        assert manager.store_message("user-123", "user", "Hello")
    assert stored(protected, 0) == [1, 3600]


def test_what_is_passed_wins(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    set_variables(
        monkeypatch, {"REDIS_URL": "redis://nowhere.invalid", "REDIS_DB": "5", "REDIS_TTL": "60"}
    )
    with SyncRedisSessionManager(url=server.url, ttl=3600) as manager:
        assert manager.store_message("user-123", "user", "Hello")
    assert stored(server, 0) == [1, 3600]
    with SyncRedisSessionManager(url=server.url) as manager:
        assert manager.store_message("user-123", "user", "Hello")
    assert stored(server, 0) == [2, 60]
    with SyncRedisSessionManager(url=server.url, ttl=None) as manager:
        assert manager.store_message("user-456", "user", "Hello")
        assert manager.session("user-456").expires_in() is None


@pytest.mark.parametrize(
    "variables", [{}, {"REDIS_ENABLED": "false", "REDIS_URL": "redis://nowhere.invalid"}]
)
async def test_disabled_means_in_memory(
    monkeypatch: pytest.MonkeyPatch, variables: Variables
) -> None:
    set_variables(monkeypatch, variables)
    user = f"user-{uuid4()}"
    async with RedisSessionManager() as manager:
        assert await manager.store_message(user, "user", "Hello")
    with SyncRedisSessionManager() as twin:
        assert [m["content"] for m in twin.get_history(user)] == ["Hello"]
        assert list(twin.session_ids(user)) == [user]
        assert twin.session(user).expires_in() == 3600
        assert twin.clear_session(user)
