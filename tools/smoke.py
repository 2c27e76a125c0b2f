"""Use both APIs of the installed package, with only its `memory` extra."""

import asyncio
from pathlib import Path
from typing import Any

import fakeredis

import openai_agents_session
from openai_agents_session import RedisSession, SyncRedisSession

HELLO: Any = {"role": "user", "content": "Hello"}

where = Path(openai_agents_session.__file__)
if "site-packages" not in where.parts:
    raise SystemExit(f"{where} is not the installed package")
server = fakeredis.FakeServer()


async def awaited() -> None:
    """Write with one API."""
    client = fakeredis.FakeAsyncRedis(server=server)
    await RedisSession("user-123", client, ttl=60).add_items([HELLO])
    await client.aclose()


asyncio.run(awaited())
session = SyncRedisSession("user-123", fakeredis.FakeRedis(server=server))
found = session.pop_item()
if found != HELLO or session.get_items():
    raise SystemExit(f"found {found}")
print("Both APIs work:", *openai_agents_session.__all__)
