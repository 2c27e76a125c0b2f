"""A turn around a run: it is stored as a whole, or the conversation is as it was."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    RunState,
    function_tool,
)

from openai_agents_session import RedisSession, SyncRedisSession

from .support.steps import Steps, calls, says, thinks
from .support.turns import KEY, is_held, stored, talk
from .support.wrappers import SUMMARY, FakeOpenAI, compacting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .support.server import Server

CONFIG = RunConfig(tracing_disabled=True)
CALL = [thinks(1), calls("get_weather", 1, '{"city": "Rome"}')]


@function_tool
def get_weather(city: str) -> str:
    return f"sunny in {city}"


@function_tool(failure_error_function=None)
def explode() -> str:
    raise LookupError("no such tool")


@function_tool(needs_approval=True)
def delete_everything() -> str:
    return "deleted"


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
        self._session.session_settings = {"limit": number}  # type: ignore[assignment]


@pytest.fixture(params=["awaited", "blocking"])
async def conversation(
    request: pytest.FixtureRequest, server: Server
) -> AsyncIterator[Conversation]:
    awaited = redis.asyncio.Redis(host=server.host, port=server.port)
    blocking = redis.Redis(host=server.host, port=server.port)
    if request.param == "awaited":
        yield Conversation(RedisSession("ada", awaited, ttl=100))
    else:
        yield Conversation(SyncRedisSession("ada", blocking, ttl=100))
    await awaited.aclose()
    blocking.close()


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


def tripping(_context: Any, _agent: Any, text: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="forbidden" in str(text))


def model_error() -> tuple[Agent[Any], type[Exception], int]:
    return agent(RuntimeError("no model")), RuntimeError, 9


def model_error_after_a_tool() -> tuple[Agent[Any], type[Exception], int]:
    return agent(CALL, RuntimeError("no model"), tools=[get_weather]), RuntimeError, 9


def tool_exception() -> tuple[Agent[Any], type[Exception], int]:
    return agent([calls("explode", 1)], tools=[explode]), Exception, 9


def input_guardrail() -> tuple[Agent[Any], type[Exception], int]:
    guards = [InputGuardrail(guardrail_function=tripping)]
    return agent([says("ok")], input_guardrails=guards), InputGuardrailTripwireTriggered, 9


def output_guardrail() -> tuple[Agent[Any], type[Exception], int]:
    guards = [OutputGuardrail(guardrail_function=tripping)]
    return (
        agent([says("forbidden")], output_guardrails=guards),
        OutputGuardrailTripwireTriggered,
        9,
    )


def max_turns() -> tuple[Agent[Any], type[Exception], int]:
    return agent(CALL, CALL, tools=[get_weather]), MaxTurnsExceeded, 1


FAILURES: list[Callable[[], tuple[Agent[Any], type[Exception], int]]] = [
    model_error,
    model_error_after_a_tool,
    tool_exception,
    input_guardrail,
    output_guardrail,
    max_turns,
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_run_that_fails_leaves_nothing(
    server: Server, conversation: Conversation, failure: Any, streamed: bool
) -> None:
    async with conversation.turn() as turn:
        await run(agent([says("A")]), "a", turn)
    before = stored(server)
    failing, error, most = failure()
    with pytest.raises(error):
        async with conversation.turn("task-1") as turn:
            if streamed:
                result = Runner.run_streamed(
                    failing, "forbidden", session=turn, run_config=CONFIG, max_turns=most
                )
                await drained(result)
            else:
                await run(failing, "forbidden", turn, max_turns=most)
    assert stored(server) == before
    assert conversation.turn_of_last.items == []
    sound = agent([says("B")])
    async with conversation.turn("task-1", blocking_timeout=0) as turn:
        await run(sound, "b", turn)
    assert questions(sound) == ["a", "b"]
    assert conversation.turn_of_last.output_text == "B"


async def drained(result: Any) -> None:
    async for _ in result.stream_events():
        pass


class Hanging(Steps):
    """A model that never answers, and says when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("how", ["cancel", "timeout"])
async def test_a_run_that_is_ended_leaves_nothing(
    server: Server, conversation: Conversation, how: str
) -> None:
    model = Hanging()

    async def turn() -> None:
        async with conversation.turn() as turn:
            await run(Agent(name="Companion", model=model), "a", turn)

    task = asyncio.ensure_future(turn())
    await model.asked.wait()
    if how == "cancel":
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(task, 0.05)
    assert stored(server) == []
    assert not is_held(server)
    sound = agent([says("B")])
    async with conversation.turn(blocking_timeout=0) as session:
        await run(sound, "b", session)
    assert questions(sound) == ["b"]


async def test_a_failure_that_is_caught_inside_keeps_what_was_done(
    conversation: Conversation,
) -> None:
    async with conversation.turn() as turn:
        with suppress(MaxTurnsExceeded):
            await run(agent(CALL, CALL, tools=[get_weather]), "a", turn, max_turns=1)
    assert types(await items_of(conversation))[:1] == ["user"]
    assert conversation.turn_of_last.output_text is None


async def test_a_redelivered_run(conversation: Conversation) -> None:
    companion = agent(CALL, [says("sunny")], tools=[get_weather])
    for _ in range(3):
        async with conversation.turn("task-1") as turn:
            if not conversation.turn_of_last.repeated:
                await run(companion, "Rome?", turn)
        assert conversation.turn_of_last.output_text == "sunny"
    expected = ["user", "reasoning", "function_call", "function_call_output", "assistant"]
    assert types(await items_of(conversation)) == expected


async def test_a_repeated_run_asks_no_model(conversation: Conversation) -> None:
    companion = agent([says("A")])
    async with conversation.turn("task-1") as turn:
        await run(companion, "a", turn)
    with pytest.raises(RuntimeError, match=r"turn\.repeated"):
        async with conversation.turn("task-1") as turn:
            await run(companion, "a", turn)
    assert len(await items_of(conversation)) == 2


async def test_a_stream_that_is_drained(conversation: Conversation) -> None:
    companion = agent(CALL, [says("sunny")], tools=[get_weather])
    async with conversation.turn("task-1") as turn:
        await drained(Runner.run_streamed(companion, "Rome?", session=turn, run_config=CONFIG))
    assert len(await items_of(conversation)) == 5
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
    assert result.final_output == conversation.turn_of_last.output_text == "done"
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
