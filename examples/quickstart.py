"""One conversation in Redis, started in asyncio code and continued in blocking code.

    python examples/quickstart.py [SESSION_ID]

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversation; otherwise fakeredis, in this process

Exits with an error if a turn did not see all the turns before it.
"""

import asyncio
import os
import sys
from uuid import uuid4

import redis
import redis.asyncio
from agents import Agent, RunConfig, Runner, function_tool
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession, SyncRedisSession

SESSION_ID = sys.argv[1] if len(sys.argv) > 1 else f"quickstart-{uuid4().hex[:8]}"
QUESTIONS = [
    "My name is Ada and I live in London.",
    "What is the weather there?",
    "What did we talk about?",
    "And what did we talk about up to now?",
]
HOUR = 3600  # an idle conversation expires after an hour


@function_tool
def get_weather(city: str) -> str:
    """Get today's weather in a city."""
    return f"18 °C and light rain in {city}"


KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(
    name="Companion",
    instructions="Answer in one or two sentences.",
    tools=[get_weather],
    model=None if KEY_GIVEN else ScriptedModel(),
)
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)


def connect() -> tuple[redis.asyncio.Redis, redis.Redis]:
    """Create an async and a blocking client of the same server."""
    if url := os.environ.get("REDIS_URL"):
        print("Redis: the server in REDIS_URL")
        return redis.asyncio.from_url(url), redis.from_url(url)
    import fakeredis  # pip install "openai-agents-session[memory]"

    print("Redis: embedded in this process, lost when it ends (set REDIS_URL to keep it)")
    server = fakeredis.FakeServer()
    return fakeredis.FakeAsyncRedis(server=server), fakeredis.FakeRedis(server=server)


async def async_turns(client: redis.asyncio.Redis) -> None:
    """As in an asyncio service: FastAPI, a bot, a worker."""
    session = RedisSession(SESSION_ID, client, ttl=HOUR)
    async with client:
        for question in QUESTIONS[:3]:
            result = await Runner.run(AGENT, question, session=session, run_config=CONFIG)
            print(f"\n[async]    You:   {question}\n           Agent: {result.final_output}")


def blocking_turn(client: redis.Redis) -> None:
    """As in blocking code: Flask, Django, Celery, a script."""
    session = SyncRedisSession(SESSION_ID, client, ttl=HOUR)
    result = Runner.run_sync(AGENT, QUESTIONS[3], session=session.as_async(), run_config=CONFIG)
    print(f"\n[blocking] You:   {QUESTIONS[3]}\n           Agent: {result.final_output}")

    said = [str(item.get("content")) for item in session.get_items() if item.get("role") == "user"]
    facts = [f"({turn}) {text}" for turn, text in enumerate(said, start=1)] + ["18 °C"]
    seen = KEY_GIVEN or all(fact in result.final_output for fact in facts)
    if not seen or said[-4:] != QUESTIONS:
        sys.exit(f"WRONG HISTORY: Redis holds {said}, the last answer is {result.final_output!r}")
    print(f"\nStored: {session.count()} items in the Redis list {session.key!r}")
    print(f"It expires in {session.expires_in()} s unless the conversation continues.")


if __name__ == "__main__":
    print("Model: OpenAI" if KEY_GIVEN else "Model: scripted, no network (set OPENAI_API_KEY)")
    async_client, blocking_client = connect()
    asyncio.run(async_turns(async_client))
    with blocking_client:
        blocking_turn(blocking_client)
