"""Sessions for the table of the conformance suite, each made as its documentation recommends.

The functions are factories: `python -m pytest conformance
--session=benchmarks.implementations:sqlite` runs the suite with one of them.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import redis.asyncio
from agents import SQLiteSession

from benchmarks.release import load_release
from openai_agents_session import RedisSession, SyncRedisSession
from tests.support import conforming
from tests.support.proxy import FaultProxy

if TYPE_CHECKING:
    from agents.memory import Session

RELEASE = "CONFORMANCE_RELEASE"  # names the directory that holds 0.1.0
LATENCY = 0.001


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True)


def _database() -> Path:
    return Path(_folder().name, "sessions.db")


def sqlite(session_id: str) -> Session:
    return SQLiteSession(session_id, _database())


def sqlite_async(session_id: str) -> Session:
    from agents.extensions.memory.async_sqlite_session import AsyncSQLiteSession

    return AsyncSQLiteSession(session_id, _database())


def sqlite_advanced(session_id: str) -> Session:
    from agents.extensions.memory.advanced_sqlite_session import AdvancedSQLiteSession

    return AdvancedSQLiteSession(session_id=session_id, db_path=_database(), create_tables=True)


@cache
def _engine() -> Any:
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine(f"sqlite+aiosqlite:///{_database()}")


def sqlalchemy(session_id: str) -> Session:
    from agents.extensions.memory.sqlalchemy_session import SQLAlchemySession

    return SQLAlchemySession(session_id, engine=_engine(), create_tables=True)


def encrypted(session_id: str) -> Session:
    from agents.extensions.memory.encrypt_session import EncryptedSession

    return EncryptedSession(session_id, SQLiteSession(session_id, _database()), "secret")


@cache
def _network() -> FaultProxy:
    """What is between clients and Redis: on the loopback, a reply comes before one can cancel."""
    proxy = FaultProxy(conforming.server().host, conforming.server().port)
    proxy.latency = LATENCY
    return proxy.start()


@cache
def _client() -> redis.asyncio.Redis:
    return redis.asyncio.Redis(host=_network().host, port=_network().port)


@cache
def _blocking_client() -> redis.Redis:
    return redis.Redis(host=_network().host, port=_network().port)


def redis_of_the_sdk(session_id: str) -> Session:
    from agents.extensions.memory import RedisSession

    return RedisSession(session_id, redis_client=_client())


@cache
def _release() -> Any:
    return load_release(Path(os.environ[RELEASE]))


def release(session_id: str) -> Session:
    session: Session = _release()(session_id, _client())
    return session


def awaited(session_id: str) -> Session:
    return RedisSession(session_id, _client())


def blocking(session_id: str) -> Session:
    return SyncRedisSession(session_id, _blocking_client()).as_async()


TITLES = {
    "sqlite": "`SQLiteSession`",
    "sqlite_async": "`AsyncSQLiteSession`",
    "sqlite_advanced": "`AdvancedSQLiteSession`",
    "sqlalchemy": "`SQLAlchemySession`",
    "encrypted": "`EncryptedSession`",
    "redis_of_the_sdk": "SDK `RedisSession`",
    "release": "0.1.0 `RedisSession`",
    "awaited": "`RedisSession`",
    "blocking": "`SyncRedisSession`",
}
