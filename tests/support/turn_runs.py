"""What tests of the Runner inside a turn share: a conversation, a scripted agent, what it saw."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agents import Agent, RunConfig, Runner, function_tool

from openai_agents_session import RedisSession, SyncRedisSession

from .steps import Steps, calls, thinks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONFIG = RunConfig(tracing_disabled=True)
CALL = [thinks(1), calls("get_weather", 1, '{"city": "Rome"}')]


@function_tool
def get_weather(city: str) -> str:
    return f"sunny in {city}"


class Conversation:
    """A conversation of either API, and its turns as the Runner gets them."""

    def __init__(self, session: RedisSession | SyncRedisSession) -> None:
        self._session = session
        self.turn_of_last: Any = None

    @asynccontextmanager
    async def turn(self, key: str | None = None, **options: Any) -> AsyncIterator[Any]:
        if isinstance(self._session, RedisSession):
            async with self._session.turn(key, **options) as turn:
                self.turn_of_last = turn
                yield turn
        else:
            with self._session.turn(key, **options) as blocking:
                self.turn_of_last = blocking
                yield blocking.as_async()

    def limit(self, number: int) -> None:
        session: Any = self._session
        session.session_settings = {"limit": number}


def agent(*steps: Any, **options: Any) -> Agent[Any]:
    return Agent(name="Companion", model=Steps(*steps), **options)


def seen(agent: Agent[Any]) -> Any:
    """What the model was asked last."""
    assert isinstance(agent.model, Steps)
    return agent.model.seen[-1]


def questions(agent: Agent[Any]) -> list[Any]:
    return [item["content"] for item in seen(agent) if item.get("role") == "user"]


async def run(agent: Agent[Any], text: Any, session: Any, **options: Any) -> Any:
    return await Runner.run(agent, text, session=session, run_config=CONFIG, **options)


def types(items: list[Any]) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


async def items_of(conversation: Conversation) -> list[Any]:
    async with conversation.turn() as turn:
        items: list[Any] = await turn.get_items()
        return items


async def drained(result: Any) -> None:
    async for _ in result.stream_events():
        pass
