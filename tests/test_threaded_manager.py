"""The view for code that awaits, of a session that a blocking manager hands out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from agents import Agent, RunConfig, Runner
from scripted_model import ScriptedModel

from openai_agents_session import RedisSessionManager, SyncRedisSessionManager

if TYPE_CHECKING:
    from .support.cluster import Cluster
    from .support.server import Server

MESSAGE: Any = {"role": "user", "content": "Hello"}
METADATA = {"channel": "web"}


async def check(url: str) -> None:
    with SyncRedisSessionManager(url=url, ttl=100, max_items=4) as manager:
        manager.clear_session("ada")
        manager.store_message("ada", "user", "Hello", metadata=METADATA)
        view = manager.session("ada").as_async()
        assert view.session_id == "ada"
        assert await view.get_items() == [MESSAGE]  # without what the model's API refuses
        assert manager.get_history("ada") == [{**MESSAGE, "metadata": METADATA}]
        await view.add_items([MESSAGE] * 3)
        assert len(await view.get_items(2)) == 2
        assert await view.pop_item() == MESSAGE
        assert manager.stats("ada").count == 3
        assert manager.stats("ada").expires_in == 100
        await view.clear_session()
        assert manager.get_history("ada") == []


async def test_on_one_server(server: Server) -> None:
    await check(server.url)


async def test_on_a_cluster(cluster: Cluster) -> None:
    host, port = cluster.startup[0]
    await check(f"redis+cluster://{host}:{port}")


async def test_both_managers_share_what_they_store(server: Server) -> None:
    async with RedisSessionManager(url=server.url) as manager:
        await manager.store_message("ada", "user", "Hello", metadata=METADATA)
        with SyncRedisSessionManager(url=server.url) as blocking:
            view = blocking.session("ada").as_async()
            assert await view.get_items() == await manager.session("ada").get_items() == [MESSAGE]
            assert [*blocking.session_ids()] == ["ada"]


async def test_it_ends_with_the_manager(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        view = manager.session("ada").as_async()
        await view.add_items([MESSAGE])
    for call in (view.get_items, view.pop_item, view.clear_session):
        with pytest.raises(RuntimeError, match="closed"):
            await call()


def test_from_several_loops(server: Server) -> None:
    with SyncRedisSessionManager(url=server.url) as manager:
        view = manager.session("ada").as_async()
        for _ in range(3):
            asyncio.run(view.add_items([MESSAGE]))
        assert manager.stats("ada").count == 3


def test_the_runner(server: Server) -> None:
    agent = Agent(name="Companion", model=ScriptedModel())
    config = RunConfig(tracing_disabled=True)
    with SyncRedisSessionManager(url=server.url) as manager:
        manager.store_message("ada", "user", "Hello", metadata=METADATA)
        manager.store_message("ada", "assistant", "Hello, Ada")
        view = manager.session("ada").as_async()
        asyncio.run(Runner.run(agent, "How are you?", session=view, run_config=config))
        history = manager.get_history("ada")
        assert history[0] == {**MESSAGE, "metadata": METADATA}
        assert len(history) == 4
