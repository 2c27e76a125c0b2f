"""Whatever happens in a run, what is stored is what the SDK's own SQLite session stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeAlias

import pytest
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
    SQLiteSession,
    function_tool,
)
from agents.run_internal.session_persistence import rewind_session_items
from openai import BadRequestError

from .support.steps import Step, Steps, calls, says, thinks

Case: TypeAlias = Callable[[Any], Awaitable[None]]

CONFIG = RunConfig(tracing_disabled=True)
WAIT = "_sleep_for_retry"


@function_tool
def get_weather(city: str) -> str:
    return f"sunny in {city}"


@function_tool(needs_approval=True)
def delete_everything() -> str:
    return "deleted"


def agent(*steps: Step, **options: Any) -> Agent[Any]:
    return Agent(name="Companion", model=Steps(*steps), **options)


async def run(agent: Agent[Any], text: str, session: Any, **options: Any) -> Any:
    return await Runner.run(agent, text, session=session, run_config=CONFIG, **options)


async def stream(agent: Agent[Any], text: Any, session: Any) -> Any:
    result = Runner.run_streamed(agent, text, session=session, run_config=CONFIG)
    async for _ in result.stream_events():
        pass
    return result


ROME, OSLO = '{"city": "Rome"}', '{"city": "Oslo"}'
TWO_CALLS: Step = [
    thinks(1),
    calls("get_weather", 1, ROME),
    calls("get_weather", 2, OSLO),
]


async def parallel_tool_calls(session: Any) -> None:
    companion = agent(TWO_CALLS, [says("both")], [says("bye")], tools=[get_weather])
    await run(companion, "Rome and Oslo?", session)
    await run(companion, "Thanks", session)


async def streaming(session: Any) -> None:
    companion = agent(TWO_CALLS, [says("both")], [says("bye")], tools=[get_weather])
    await stream(companion, "Rome and Oslo?", session)
    await stream(companion, "Thanks", session)


async def streaming_cancelled(session: Any) -> None:
    companion = agent(TWO_CALLS, [says("both")], tools=[get_weather])
    result = Runner.run_streamed(companion, "Rome?", session=session, run_config=CONFIG)
    async for event in result.stream_events():
        if event.type == "run_item_stream_event" and event.name == "tool_output":
            result.cancel(mode="after_turn")


async def handoff(session: Any) -> None:
    billing = Agent(name="Billing", model=Steps([thinks(1), says("refunded")], [says("sure")]))
    triage = agent([calls("transfer_to_billing", 1)], handoffs=[billing])
    result = await run(triage, "I want a refund", session)
    await run(result.last_agent, "Thanks", session)


def tripping(_context: Any, _agent: Any, text: Any) -> GuardrailFunctionOutput:
    newest = text[-1] if isinstance(text, list) else text
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="forbidden" in str(newest))


async def input_guardrail(session: Any) -> None:
    guards = [InputGuardrail(guardrail_function=tripping)]
    companion = agent([says("ok")], [says("never")], [says("bye")], input_guardrails=guards)
    await run(companion, "Hello", session)
    with pytest.raises(InputGuardrailTripwireTriggered):
        await run(companion, "forbidden", session)
    await run(companion, "Bye", session)


async def output_guardrail(session: Any) -> None:
    guards = [OutputGuardrail(guardrail_function=tripping)]
    companion = agent([says("forbidden")], [says("bye")], output_guardrails=guards)
    with pytest.raises(OutputGuardrailTripwireTriggered):
        await run(companion, "Hello", session)
    await run(companion, "Bye", session)


async def model_that_fails(session: Any) -> None:
    companion = agent([says("ok")], RuntimeError("no model"), [says("bye")])
    await run(companion, "Hello", session)
    with pytest.raises(RuntimeError, match="no model"):
        await run(companion, "Are you there?", session)
    await run(companion, "Bye", session)


async def too_many_turns(session: Any) -> None:
    companion = agent(TWO_CALLS, TWO_CALLS, tools=[get_weather])
    with pytest.raises(MaxTurnsExceeded):
        await run(companion, "Rome?", session, max_turns=1)


def locked() -> BadRequestError:
    error = BadRequestError.__new__(BadRequestError)  # without a response of the network
    error.code = "conversation_locked"
    return error


async def retry(session: Any) -> None:
    companion = agent([says("ok")], locked(), [says("bye")])
    await run(companion, "Hello", session)
    await run(companion, "Bye", session)


async def approval(session: Any) -> None:
    companion = agent(
        [calls("delete_everything", 1)], [says("done")], [says("bye")], tools=[delete_everything]
    )
    result = await run(companion, "Delete everything", session)
    [question] = result.interruptions
    saved = result.to_state().to_json()  # as an application that asks somebody, and waits
    state = await RunState.from_json(companion, saved)
    state.approve(state.get_interruptions()[0])
    assert question.name == "delete_everything"
    result = await Runner.run(companion, state, session=session, run_config=CONFIG)
    assert result.final_output == "done"
    await run(companion, "Thanks", session)


async def streamed_approval(session: Any) -> None:
    companion = agent(
        [calls("delete_everything", 1)], [says("done")], [says("bye")], tools=[delete_everything]
    )
    state = (await stream(companion, "Delete everything", session)).to_state()
    state.approve(state.get_interruptions()[0])
    result = await stream(companion, state, session)
    assert result.final_output == "done"
    await stream(companion, "Thanks", session)


async def rejection(session: Any) -> None:
    companion = agent([calls("delete_everything", 1)], [says("no")], tools=[delete_everything])
    state = (await run(companion, "Delete everything", session)).to_state()
    state.reject(state.get_interruptions()[0])
    await Runner.run(companion, state, session=session, run_config=CONFIG)


async def correction(session: Any) -> None:
    """Take a question and its answer back, and ask again: the SDK's example for pop_item."""
    companion = agent([says("4")], [says("6")])
    await run(companion, "What is 2 + 2?", session)
    assert (await session.pop_item())["role"] == "assistant"
    assert (await session.pop_item())["role"] == "user"
    await run(companion, "What is 2 + 4?", session)


CASES: list[Case] = [
    parallel_tool_calls,
    streaming,
    streaming_cancelled,
    handoff,
    input_guardrail,
    output_guardrail,
    model_that_fails,
    too_many_turns,
    retry,
    approval,
    streamed_approval,
    rejection,
    correction,
]


@pytest.mark.parametrize("case", CASES)
async def test_what_is_stored(session: Any, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_the_wait_before_a_retry(monkeypatch)
    theirs = SQLiteSession("ada")
    try:
        await case(theirs)
        expected = await theirs.get_items()
    finally:
        theirs.close()
    await case(session)
    assert await session.get_items() == expected
    assert expected


def skip_the_wait_before_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        pass

    with suppress(ImportError):  # before 0.14 or so, the wait is a second
        monkeypatch.setattr(import_module("agents.run_internal.model_retry"), WAIT, at_once)


async def test_the_sdk_takes_back_what_it_is_about_to_send_again(session: Any) -> None:
    items: Any = [{"role": "user", "content": text} for text in ("kept", "one", "two")]
    await session.add_items(items)
    await rewind_session_items(session, items[1:])
    assert await session.get_items() == items[:1]
