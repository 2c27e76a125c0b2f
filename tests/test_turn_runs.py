"""What runs do inside a turn: stream, hand over, pause, compact, encrypt."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from agents import Agent, Runner, RunState, SQLiteSession, function_tool
from agents.memory import session as sdk_session

from openai_agents_session import SyncRedisSession

from .support.steps import Steps, calls, says, thinks
from .support.turn_runs import (
    CALL,
    CONFIG,
    agent,
    drained,
    get_weather,
    items_of,
    questions,
    run,
    types,
)
from .support.turns import KEY, stored, talk
from .support.wrappers import SUMMARY, compacting

if TYPE_CHECKING:
    from .support.server import Server
    from .support.turn_runs import Conversation
    from .support.wrappers import FakeOpenAI


@function_tool(needs_approval=True)
def delete_everything() -> str:
    return "deleted"


async def test_a_stream_that_is_drained(conversation: Conversation) -> None:
    async def stream(session: Any) -> None:
        companion = agent(CALL, [says("sunny")], tools=[get_weather])
        await drained(Runner.run_streamed(companion, "Rome?", session=session, run_config=CONFIG))

    theirs = SQLiteSession("ada")
    try:
        await stream(theirs)
        expected = await theirs.get_items()
    finally:
        theirs.close()
    async with conversation.turn("task-1") as turn:
        await stream(turn)
    assert await items_of(conversation) == expected
    async with conversation.turn("task-1"):
        assert conversation.turn_of_last.output_text == "sunny"


async def test_a_stream_that_is_left_and_rolled_back(
    server: Server, conversation: Conversation
) -> None:
    companion = agent(CALL, [says("sunny")], tools=[get_weather])
    async with conversation.turn("task-1") as turn:
        result = Runner.run_streamed(companion, "Rome?", session=turn, run_config=CONFIG)
        async for event in result.stream_events():
            if event.type == "run_item_stream_event":
                break
        result.cancel()
        conversation.turn_of_last.rollback()
    await ended(result)
    assert stored(server) == []
    async with conversation.turn("task-1", blocking_timeout=0):
        assert not conversation.turn_of_last.repeated


async def ended(result: Any) -> None:
    """Wait for the background task of a run; what it adds after its turn is refused."""
    tasks = [task for task in vars(result).values() if isinstance(task, asyncio.Task)]
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)


async def test_a_stream_that_is_left_stores_what_it_had_added(
    server: Server, conversation: Conversation
) -> None:
    companion = agent(CALL, [says("sunny")], tools=[get_weather])
    async with conversation.turn() as turn:
        result = Runner.run_streamed(companion, "Rome?", session=turn, run_config=CONFIG)
        async for event in result.stream_events():
            if event.type == "run_item_stream_event" and event.name == "tool_output":
                result.cancel()
                break
    before = stored(server)
    await ended(result)
    assert stored(server) == before
    assert conversation.turn_of_last.output_text is None


async def test_a_handoff(conversation: Conversation) -> None:
    billing = Agent(name="Billing", model=Steps([thinks(1), says("refunded")], [says("sure")]))
    triage = agent([calls("transfer_to_billing", 1)], handoffs=[billing])
    async with conversation.turn() as turn:
        result = await run(triage, "I want a refund", turn)
    assert conversation.turn_of_last.output_text == "refunded"
    async with conversation.turn() as turn:
        await run(result.last_agent, "Thanks", turn)
    assert questions(billing) == ["I want a refund", "Thanks"]


async def test_an_approval_in_a_turn_of_its_own(conversation: Conversation) -> None:
    companion = agent([calls("delete_everything", 1)], [says("done")], tools=[delete_everything])
    async with conversation.turn("task-1") as turn:
        saved = (await run(companion, "Delete everything", turn)).to_state().to_json()
    assert conversation.turn_of_last.output_text is None
    state = await RunState.from_json(companion, saved)
    state.approve(state.get_interruptions()[0])
    async with conversation.turn("task-2") as turn:
        result = await run(companion, state, turn)
    assert (result.final_output, conversation.turn_of_last.output_text) == ("done",) * 2
    expected = ["user", "function_call", "function_call_output", "assistant"]
    assert types(await items_of(conversation)) == expected


async def test_a_state_fits_after_a_turn_that_failed(conversation: Conversation) -> None:
    companion = agent(
        [calls("delete_everything", 1)],
        RuntimeError("no model"),
        [says("done")],
        tools=[delete_everything],
    )
    async with conversation.turn("task-1") as turn:
        saved = (await run(companion, "Delete everything", turn)).to_state().to_json()

    async def resume() -> None:
        state = await RunState.from_json(companion, saved)
        state.approve(state.get_interruptions()[0])
        async with conversation.turn("task-2") as turn:
            await run(companion, state, turn)

    with pytest.raises(RuntimeError, match="no model"):
        await resume()
    await resume()
    expected = ["user", "function_call", "function_call_output", "assistant"]
    assert types(await items_of(conversation)) == expected


@pytest.mark.skipif(
    not find_spec("agents.extensions.memory.encrypt_session"), reason="this SDK does not encrypt"
)
async def test_an_encrypted_turn(server: Server, conversation: Conversation) -> None:
    from agents.extensions.memory.encrypt_session import EncryptedSession

    companion = agent([says("A")], [says("B")])
    for text in "ab":
        async with conversation.turn(text) as turn:
            wrapped = EncryptedSession("ada", turn, "a key for tests")
            await run(companion, text, wrapped)
        assert len(conversation.turn_of_last.items) == 2
        assert conversation.turn_of_last.output_text is None
    assert questions(companion) == ["a", "b"]
    assert not [element for element in stored(server) if b"role" in element]
    with pytest.raises(RuntimeError, match="no model"):
        async with conversation.turn("c") as turn:
            wrapped = EncryptedSession("ada", turn, "a key for tests")
            await run(agent(RuntimeError("no model")), "c", wrapped)
    assert len(stored(server)) == 4


async def test_compaction_in_a_turn(
    server: Server, conversation: Conversation, openai: FakeOpenAI
) -> None:
    async with conversation.turn() as turn:
        await turn.add_items(talk("a", "b"))
    before = stored(server)
    openai.meanwhile = visible = Visible(server)
    async with conversation.turn("task-1") as turn:
        await run(agent([says("C")]), "c", compacting(turn, openai, least=6))
        assert await turn.get_items() == SUMMARY
    assert len(openai.requests) == 1
    assert visible.stored == before
    assert await items_of(conversation) == SUMMARY
    async with conversation.turn("task-1") as turn:
        assert conversation.turn_of_last.repeated
        assert conversation.turn_of_last.output_text is None


class Visible:
    """Notes what others see while the model compacts."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.stored: list[bytes] = []

    async def __call__(self) -> None:
        self.stored = stored(self._server)


async def test_compaction_of_a_part(
    server: Server, conversation: Conversation, openai: FakeOpenAI
) -> None:
    async with conversation.turn() as turn:
        await turn.add_items(talk("a", "b"))
    conversation.limit(2)
    async with conversation.turn() as turn:
        await run(agent([says("C")]), "c", compacting(turn, openai, least=2))
    if hasattr(sdk_session, "_CompactionSnapshot"):  # otherwise the SDK replaces everything
        assert conversation.turn_of_last.items == SUMMARY
    conversation.limit(99)
    kept = (await items_of(conversation))[: -len(SUMMARY)]
    assert kept == talk("a", "b")[: len(kept)]
    assert (await items_of(conversation))[-len(SUMMARY) :] == SUMMARY


async def test_a_limit_in_the_settings(server: Server, conversation: Conversation) -> None:
    async with conversation.turn() as turn:
        await turn.add_items(talk("a", "b"))
    conversation.limit(2)
    companion = agent([says("C")])
    async with conversation.turn() as turn:
        await run(companion, "c", turn)
    assert questions(companion) == ["b", "c"]
    assert len(stored(server)) == 6


def test_run_sync(server: Server) -> None:
    companion = agent(CALL, [says("sunny")], RuntimeError("no model"), tools=[get_weather])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # `run_sync` would leave one of its own open
    try:
        with SyncRedisSession.from_url("ada", server.url) as session:
            for _ in range(2):
                with session.turn("task-1") as turn:
                    if not turn.repeated:
                        Runner.run_sync(
                            companion, "Rome?", session=turn.as_async(), run_config=CONFIG
                        )
                        assert server.command("LLEN", KEY) == 0
                assert turn.output_text == "sunny"
            with pytest.raises(RuntimeError, match="no model"), session.turn("task-2") as turn:
                Runner.run_sync(companion, "Oslo?", session=turn.as_async(), run_config=CONFIG)
            assert session.count() == 5
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def test_a_tool_that_begins_a_turn_of_the_same_conversation(
    conversation: Conversation,
) -> None:
    refusals: list[str] = []

    @function_tool
    async def nest() -> str:
        try:
            async with conversation.turn():
                pass
        except RuntimeError as error:
            refusals.append(str(error))
        return "tried"

    async with conversation.turn() as turn:
        await run(agent([calls("nest", 1)], [says("ok")], tools=[nest]), "a", turn)
    assert len(refusals) == 1
    assert "inside a turn" in refusals[0]
