"""A tool that waits for a person: ask in one process, decide in another, each as one turn.

    python examples/approvals.py ask ada MESSAGE-ID "I live in London. What is the weather there?"
    python examples/approvals.py approve ada
    python examples/approvals.py reject ada

Every command may be killed and run again: each turn is stored once.

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversation, and the run that waits
LEASE           seconds until a conversation is free after its process was killed; otherwise 30
"""

import asyncio
import json
import os
import sys
from typing import Any

import redis.asyncio as redis
from agents import Agent, RunConfig, Runner, RunState, function_tool
from agents.tool_context import ToolContext
from scripted_model import ScriptedModel

from openai_agents_session import RedisSession, Turn

DAY = 24 * 3600
LEASE = float(os.environ.get("LEASE", "30"))
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)
CLIENT = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@function_tool(needs_approval=True)
async def buy_weather_report(context: ToolContext[None], city: str) -> str:
    """Buy today's weather report for a city."""
    # If the process is killed after the purchase, the tool runs again. The id of its call is the
    # same then: give it to the shop as an idempotency key. Here, a set stands for the shop.
    await CLIENT.sadd("sales", context.tool_call_id)
    return f"18 °C and light rain in {city}"


MODEL = None if KEY_GIVEN else ScriptedModel()
AGENT: Agent[None] = Agent(name="Companion", tools=[buy_weather_report], model=MODEL)


def open_session(name: str) -> RedisSession:
    return RedisSession(name, CLIENT, key_prefix="approvals", ttl=DAY)


async def ask(name: str, message_id: str, text: str) -> str | None:
    async with open_session(name).turn(message_id, lease=LEASE) as turn:
        if not turn.repeated:
            if (await load(name)).get("key", message_id) != message_id:
                sys.exit("approve or reject the last call first")
            await run(name, turn, message_id, text)
    return turn.output_text


async def decide(name: str, approve: bool) -> str | None:
    waiting = await load(name)
    if not waiting:
        sys.exit("nothing is waiting")
    async with open_session(name).turn(waiting["key"], lease=LEASE) as asked:
        pass  # nothing to run: this only finds the turn
    if not asked.items:  # its process was killed before it was stored, or it was cleared
        await CLIENT.delete(f"waiting:{name}")
        sys.exit("the question is gone; ask again")
    key = f"{waiting['key']}, decided"
    async with open_session(name).turn(key, lease=LEASE) as turn:
        if not turn.repeated:
            state = await RunState.from_json(AGENT, waiting["state"])
            for call in state.get_interruptions():
                state.approve(call) if approve else state.reject(call)
            await run(name, turn, key, state)
    if (await load(name)).get("key") == waiting["key"]:  # the run did not stop at another call
        await CLIENT.delete(f"waiting:{name}")
    return turn.output_text


async def run(name: str, turn: Turn, key: str, start: str | RunState[None]) -> None:
    result = await Runner.run(AGENT, start, session=turn, run_config=CONFIG)
    if result.interruptions:
        # Saved inside the block, which is before the turn is stored: a stored turn has its run.
        waiting = {"key": key, "state": result.to_state().to_json()}
        await CLIENT.set(f"waiting:{name}", json.dumps(waiting), ex=DAY)


async def load(name: str) -> dict[str, Any]:
    return dict(json.loads(await CLIENT.get(f"waiting:{name}") or "{}"))


async def main(*arguments: str) -> None:
    async with CLIENT:
        match arguments:
            case "ask", name, message_id, text:
                answer = await ask(name, message_id, text)
            case "approve" | "reject" as decision, name:
                answer = await decide(name, approve=decision == "approve")
            case _:
                sys.exit(__doc__)
    print(answer or "waiting: approve or reject")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
