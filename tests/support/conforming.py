"""Factories for the conformance suite: sessions of both APIs, on a server that they start."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import redis
import redis.asyncio

from openai_agents_session import RedisSession, SyncRedisSession

from .server import Server

if TYPE_CHECKING:
    from agents.memory import Session


@cache
def server() -> Server:
    return Server().start()  # it ends with this process


@cache
def _awaited_client() -> redis.asyncio.Redis:
    return redis.asyncio.Redis(host=server().host, port=server().port)


@cache
def _blocking_client() -> redis.Redis:
    return redis.Redis(host=server().host, port=server().port)


def awaited(session_id: str) -> Session:
    return RedisSession(session_id, _awaited_client(), ttl=100)


async def blocking(session_id: str) -> Session:
    return SyncRedisSession(session_id, _blocking_client(), ttl=100).as_async()


def not_awaitable(session_id: str) -> SyncRedisSession:
    """The blocking session itself, which is not what the protocol asks for."""
    return SyncRedisSession(session_id, _blocking_client(), ttl=100)
