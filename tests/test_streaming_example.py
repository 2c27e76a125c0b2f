"""The streaming example: the turn lasts until the last token, even if the client goes away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from .support.app import WebApp
from .support.gate import Gate
from .support.polling import until
from .test_web_examples import FIRST, SECOND, UVICORN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .support.server import Server

APP = [*UVICORN, "fastapi_streaming_app:app"]
ANSWER = "Nice to meet you, Ada of London."


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def app(server: Server, gate: Gate) -> Iterator[WebApp]:
    with WebApp(APP, server.url, gate) as app:
        yield app


def events(response: Any) -> Iterator[tuple[str, Any]]:
    """Read server-sent events as they come."""
    for line in response:
        kind, _, value = line.decode().rstrip("\n").partition(": ")
        if kind == "event":
            event = value
        elif kind == "data":
            yield event, json.loads(value)


def items(app: WebApp) -> list[Any]:
    return list(app.ask("GET", "ada")[1]["items"])


def roles(app: WebApp) -> list[str]:
    return [item["role"] for item in items(app)]


def text_of(answered: list[tuple[str, Any]]) -> str:
    """Return the text of a whole answer."""
    *texts, end = answered
    assert end == ("done", None)
    assert {event for event, _ in texts} == {"text"}
    return "".join(data for _, data in texts)


def ask(app: WebApp, message: str, key: str | None = None) -> str:
    with app.open("POST", "ada", {"message": message}, key) as response:
        return text_of(list(events(response)))


def stop(app: WebApp, keep: bool) -> None:
    with app.open("POST", "ada/stop", {"keep": keep}) as response:
        assert response.status == 204


def test_the_turn_is_held_until_the_last_token(app: WebApp, gate: Gate) -> None:
    with app.open("POST", "ada", {"message": FIRST}) as response:
        coming = events(response)
        first = next(coming)
        assert first == ("text", "Nice ")
        assert app.ask("POST", "ada", SECOND)[0] == 409
        assert items(app) == []
        gate.open()
        assert text_of([first, *coming]) == ANSWER
    assert roles(app) == ["user", "assistant"]
    assert "I answered 1 times" in ask(app, SECOND)


def test_a_repeated_message_gets_the_stored_answer(app: WebApp, gate: Gate) -> None:
    gate.open()
    assert [ask(app, FIRST, key="message-1") for _ in range(2)] == [ANSWER, ANSWER]
    assert len(gate.calls) == 1
    assert roles(app) == ["user", "assistant"]


def test_a_client_that_goes_away_loses_nothing(app: WebApp, gate: Gate) -> None:
    with app.open("POST", "ada", {"message": FIRST}, "message-1") as response:
        next(events(response))
    gate.open()
    until(lambda: roles(app) == ["user", "assistant"], 30, "the turn to be stored")
    assert ask(app, FIRST, key="message-1") == ANSWER
    assert len(gate.calls) == 1


def test_a_stop_keeps_what_was_shown(app: WebApp, gate: Gate) -> None:
    with app.open("POST", "ada", {"message": FIRST}) as response:
        coming = events(response)
        shown = [next(coming)]
        gate.wait_for_call()
        stop(app, keep=True)
        assert text_of([*shown, *coming]) == "Nice "
    assert [item["content"] for item in items(app)] == [FIRST, "Nice "]
    gate.open()
    assert "I answered 1 times" in ask(app, SECOND)


def test_a_stop_forgets_the_turn(app: WebApp, gate: Gate) -> None:
    with app.open("POST", "ada", {"message": FIRST}, "message-1") as response:
        coming = events(response)
        shown = [next(coming)]
        gate.wait_for_call()
        stop(app, keep=False)
        assert text_of([*shown, *coming]) == "Nice "
    assert items(app) == []
    gate.open()
    assert ask(app, FIRST, key="message-1") == ANSWER


def test_a_killed_server(server: Server, app: WebApp, gate: Gate) -> None:
    with WebApp(APP, server.url, gate) as other:
        with app.open("POST", "ada", {"message": FIRST}, "message-1") as response:
            coming = events(response)
            assert next(coming) == ("text", "Nice ")
            gate.kill_caller()
            assert list(coming) == []  # it breaks off, without "done"
        gate.open()
        # Until the lease expires, the answer is 409.
        answer = until(
            lambda: ask(other, FIRST, key="message-1"),
            15,
            "the lease to expire",
            not_yet=(HTTPError,),
        )
        assert answer == ask(other, FIRST, key="message-1") == ANSWER
        assert roles(other) == ["user", "assistant"]
        assert len(gate.calls) == 2
