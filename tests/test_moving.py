"""Data and code of others: the published guide, LangChain, and the SDK's own session."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import redis
import redis.asyncio
from agents import Agent, RunConfig, Runner
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from scripted_model import ScriptedModel

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

QUIET = RunConfig(tracing_disabled=True)


@pytest.fixture(params=["server", "memory"])
def environment(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The variables of the guide, for a server and for none."""
    for name in ("URL", "PASSWORD", "TTL"):
        monkeypatch.delenv(f"REDIS_{name}", raising=False)
    monkeypatch.setenv("REDIS_ENABLED", "true" if request.param == "server" else "false")
    monkeypatch.setenv("REDIS_HOST", server.host)
    monkeypatch.setenv("REDIS_PORT", str(server.port))
    monkeypatch.setenv("REDIS_DB", "0")
    yield
    with SyncRedisSessionManager() as manager:
        for session_id in manager.session_ids():
            manager.clear_session(session_id)


@pytest.mark.usefixtures("environment")
async def test_the_guide() -> None:
    manager = RedisSessionManager()
    stored = await manager.store_message(
        session_id="user-123",
        role="user",
        content="Hello",
        metadata={"timestamp": "2025-01-01T00:00:00"},
    )
    assert stored
    await manager.store_message(session_id="user-123", role="assistant", content="Hi there!")
    history = await manager.get_history("user-123", limit=10)
    assert [(message["role"], message["content"]) for message in history] == [
        ("user", "Hello"),
        ("assistant", "Hi there!"),
    ]
    assert history[0]["metadata"]["timestamp"] == "2025-01-01T00:00:00"
    assert history[1]["metadata"] == {}
    await manager.clear_session("user-123")
    assert await manager.get_history("user-123") == []
    await manager.close()


@pytest.mark.usefixtures("environment")
def test_the_guide_without_a_loop() -> None:
    manager = SyncRedisSessionManager()
    assert manager.store_message(
        session_id="user-123", role="user", content="Hello", metadata={"n": 1}
    )
    assert manager.get_history("user-123", limit=10) == [
        {"role": "user", "content": "Hello", "metadata": {"n": 1}}
    ]
    assert manager.clear_session("user-123")
    assert manager.get_history("user-123") == []
    manager.close()


async def test_data_that_the_guide_has_written(server: Server) -> None:
    messages: list[Any] = [
        {"role": "user", "content": "Olá", "metadata": {"channel": "web"}},
        {"role": "assistant", "content": "Hi", "metadata": None},
        {"role": "assistant", "content": "Hi"},
    ]
    for message in messages:
        server.command("RPUSH", "session:user-123", json.dumps(message))
    server.command("EXPIRE", "session:user-123", 10)
    async with RedisSessionManager(url=server.url) as manager:
        assert await manager.get_history("user-123") == messages
        assert await manager.session("user-123").get_items() == [
            {"role": message["role"], "content": message["content"]} for message in messages
        ]
        assert [session_id async for session_id in manager.session_ids()] == ["user-123"]
        assert (await manager.stats("user-123")).expires_in == 3600


def to_langchain(history: list[dict[str, Any]]) -> list[BaseMessage]:
    """Turn stored messages into LangChain's."""
    kinds = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}
    return [kinds[message["role"]](content=message["content"]) for message in history]


@pytest.mark.usefixtures("environment")
async def test_a_chat_with_langchain() -> None:
    model = FakeListChatModel(responses=["Hello, Ada.", "Your name is Ada."])
    heard: list[list[str]] = []
    async with RedisSessionManager() as manager:
        await manager.store_message("ada", "system", "Be brief.")
        for question in ("I am Ada.", "Who am I?"):
            await manager.store_message("ada", "user", question)
            messages = to_langchain(await manager.get_history("ada"))
            heard.append([str(message.content) for message in messages])
            answer = await model.ainvoke(messages)
            await manager.store_message("ada", "assistant", str(answer.content), {"model": "fake"})
        assert heard == [
            ["Be brief.", "I am Ada."],
            ["Be brief.", "I am Ada.", "Hello, Ada.", "Who am I?"],
        ]
        assert (await manager.get_history("ada"))[-1]["content"] == "Your name is Ada."


@pytest.mark.usefixtures("environment")
def test_a_chat_with_langchain_without_a_loop() -> None:
    model = FakeListChatModel(responses=["Hello, Ada."])
    with SyncRedisSessionManager() as manager:
        manager.store_message("ada", "user", "I am Ada.")
        answer = model.invoke(to_langchain(manager.get_history("ada")))
        manager.store_message("ada", "assistant", answer.content)
        assert [str(m.content) for m in to_langchain(manager.get_history("ada"))] == [
            "I am Ada.",
            "Hello, Ada.",
        ]


class StrictModel(ScriptedModel):
    """A model that refuses fields which the real one does not know."""

    async def get_response(
        self,
        system_instructions: Any,
        input: Any,  # noqa: A002  the SDK's name
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        assert all("metadata" not in item for item in input)
        return await super().get_response(system_instructions, input, *args, **kwargs)


@pytest.mark.usefixtures("environment")
async def test_a_runner_goes_on_where_messages_were_stored() -> None:
    agent = Agent(name="Companion", model=StrictModel())
    async with RedisSessionManager() as manager:
        await manager.store_message("ada", "user", "My name is Ada.", {"channel": "web"})
        await manager.store_message("ada", "assistant", "Nice to meet you.", {"model": "fake"})
        question = "What did we talk about?"
        result = await Runner.run(agent, question, session=manager.session("ada"), run_config=QUIET)
        assert "Your name: Ada." in result.final_output
        history = await manager.get_history("ada")
        assert [message.get("metadata") for message in history] == [
            {"channel": "web"},
            {"model": "fake"},
            None,
            None,
        ]


@pytest.mark.usefixtures("environment")
async def test_a_runner_goes_on_with_the_blocking_manager() -> None:
    agent = Agent(name="Companion", model=StrictModel())
    with SyncRedisSessionManager() as manager:
        manager.store_message("ada", "user", "My name is Ada.", {"channel": "web"})
        session = manager.session("ada").as_async()
        question = "What did we talk about?"
        result = await Runner.run(agent, question, session=session, run_config=QUIET)
        assert "Your name: Ada." in result.final_output
        assert manager.get_history("ada")[0]["metadata"] == {"channel": "web"}


async def test_data_of_the_sdk_s_own_session(server: Server) -> None:
    # Its newer releases do not import with redis-py 5.
    sdk = pytest.importorskip("agents.extensions.memory.redis_session", exc_type=ImportError)
    session_id = f"user-{uuid4()}"
    agent = Agent(name="Companion", model=ScriptedModel())
    theirs = sdk.RedisSession.from_url(session_id, url=server.url)
    await Runner.run(agent, "My name is Ada.", session=theirs, run_config=QUIET)
    items = await theirs.get_items()
    assert len(items) == 2
    await theirs.close()

    client = redis.asyncio.from_url(server.url)
    ours = RedisSession(f"{session_id}:messages", client, key_prefix="agents:session")
    assert await ours.get_items() == items
    question = "What did we talk about?"
    result = await Runner.run(agent, question, session=ours, run_config=QUIET)
    assert "Your name: Ada." in result.final_output
    await client.aclose()
    with redis.from_url(server.url) as blocking:
        twin = SyncRedisSession(f"{session_id}:messages", blocking, key_prefix="agents:session")
        assert twin.count() == 4
        assert twin.get_items(2)[0] == {"role": "user", "content": question}
    theirs = sdk.RedisSession.from_url(session_id, url=server.url)
    assert [item.get("role") for item in await theirs.get_items()] == ["user", "assistant"] * 2
    await theirs.close()
