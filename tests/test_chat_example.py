"""The server of the chat example, without a browser: each message is one turn, whoever asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from openai_agents_session import SyncRedisSessionManager

from .support.app import EXAMPLES
from .support.chat import ChatServer, Visitor, answer_of, events
from .support.gate import Gate
from .support.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

FIRST, SECOND, THIRD = "My name is Ada.", "I live in London.", "What did we talk about?"
HEARD = "I heard you, Ada."
ANSWER = "Nice to meet you, Ada of somewhere."
SHOWN = "Nice "  # what a model behind the gate has said when it waits


def answer_to(name: str) -> str:
    return f"Nice to meet you, {name} of somewhere."


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def network(shared_server: Server) -> Iterator[FaultProxy]:
    """What is between the chat and Redis."""
    shared_server.command("FLUSHALL")
    with FaultProxy(shared_server.host, shared_server.port) as network:
        yield network


@pytest.fixture(scope="module")
def app(network: FaultProxy, gate: Gate) -> Iterator[ChatServer]:
    with ChatServer(network.url, gate) as app:
        yield app


@pytest.fixture
def ada(app: ChatServer, gate: Gate, request: pytest.FixtureRequest) -> Visitor:
    """A user who is new in each test; the model answers at once."""
    gate.open()
    return Visitor(app, request.node.name)


def test_the_page_loads_nothing_from_elsewhere(ada: Visitor) -> None:
    pages = sorted((EXAMPLES / "chat" / "page").iterdir())
    assert pages
    for page in pages:
        path = "/" if page.name == "index.html" else f"/{page.name}"
        with ada.open("GET", path) as response:
            text = response.read().decode()
        assert text == page.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import", text)


def test_a_conversation(ada: Visitor) -> None:
    assert (ada.messages, ada.titles) == ([], [])
    assert ada.ask(FIRST, "1") == ANSWER
    assert ada.ask(SECOND, "2") == HEARD
    assert f"You said: (1) {FIRST} (2) {SECOND} (3) {THIRD}" in ada.ask(THIRD, "3")
    assert ada.messages[:3] == [("user", FIRST), ("assistant", ANSWER), ("user", SECOND)]
    assert ada.titles == [FIRST]


def test_the_newest_conversation_comes_first(ada: Visitor) -> None:
    other = Visitor(ada.app, ada.user, "chat-2")
    ada.ask(FIRST, "1")
    other.ask(SECOND, "1")
    assert ada.titles == [SECOND, FIRST]
    ada.ask(SECOND, "2")
    assert ada.titles == [FIRST, SECOND]
    assert other.call("PATCH", body={"title": "London"}) == (204, None)
    assert ada.titles == [FIRST, "London"]
    assert ada.call("DELETE") == (204, None)
    assert (ada.messages, ada.titles) == ([], ["London"])


def test_another_user_finds_nothing(ada: Visitor) -> None:
    ada.ask(FIRST, "1")
    eve = Visitor(ada.app, f"not-{ada.user}", ada.chat)
    assert (eve.messages, eve.titles) == ([], [])
    assert eve.call("PATCH", body={"title": "Mine"})[0] == 404
    assert eve.call("POST", "/fork", {"turn": 0})[0] == 404
    assert eve.call("DELETE") == (204, None)
    assert ada.titles == [FIRST]


def test_a_repeated_message_is_answered_once(ada: Visitor, gate: Gate) -> None:
    calls = len(gate.calls)
    assert [ada.ask(FIRST, "1") for _ in range(2)] == [ANSWER, ANSWER]
    assert len(gate.calls) == calls + 1
    assert len(ada.messages) == 2


def test_a_double_click_gets_the_same_answer_twice(ada: Visitor, gate: Gate) -> None:
    gate.close()
    calls = len(gate.calls)
    with ada.begin(FIRST, "1") as response, ada.begin(FIRST, "1") as again:
        assert next(events(again)) == ("text", SHOWN)
        gate.open()
        assert answer_of(response) == SHOWN + answer_of(again) == ANSWER
    assert len(gate.calls) == calls + 1
    assert len(ada.messages) == 2


def test_another_message_is_refused_while_an_answer_comes(ada: Visitor, gate: Gate) -> None:
    gate.close()
    with ada.begin(FIRST, "1") as response:
        status, reason = ada.call("POST", "/messages", {"text": SECOND}, "2")
        assert (status, "on its way" in reason) == (409, True)
        assert ada.call("POST", "/fork", {"turn": 0})[0] == 409
        gate.open()
        assert answer_of(response) == ANSWER
    assert len(ada.messages) == 2


def test_an_answer_on_its_way_is_shown_and_joined(ada: Visitor, gate: Gate) -> None:
    gate.close()
    with ada.begin(FIRST, "1") as response:
        assert next(events(response)) == ("text", SHOWN)
    # The browser has gone away.
    status, state = ada.call("GET")
    assert (status, state["messages"], state["question"]) == (200, [], FIRST)
    assert ada.titles == [FIRST]
    with ada.open("GET", f"/chats/{ada.chat}/answer") as response:
        gate.open()
        assert answer_of(response) == ANSWER
    assert ada.messages == [("user", FIRST), ("assistant", ANSWER)]
    assert ada.call("GET", "/answer") == (204, None)


def test_a_stop_keeps_what_was_shown(ada: Visitor, gate: Gate) -> None:
    gate.close()
    calls = len(gate.calls)
    with ada.begin(FIRST, "1") as response:
        assert next(events(response)) == ("text", SHOWN)
        gate.wait_for_call(calls + 1)
        assert ada.call("POST", "/stop") == (204, None)
        assert list(events(response)) == [("end", {"stored": True, "problem": ""})]
    assert ada.messages == [("user", FIRST), ("assistant", SHOWN)]


def test_an_edit_replaces_what_follows_in_one_step(ada: Visitor, gate: Gate) -> None:
    for key, text in enumerate([FIRST, SECOND, THIRD]):
        ada.ask(text, str(key))
    before = ada.messages
    version = ada.call("GET")[1]["version"]
    gate.close()
    calls = len(gate.calls)
    with ada.begin("My name is Bob.", "edit", turn=1, version=version) as response:
        gate.wait_for_call(calls + 1)
        assert ada.messages == before[:2]  # what the page shows
        gate.open()
        assert answer_of(response) == answer_to("Bob")
    assert ada.messages[:2] == before[:2]
    assert [text for _, text in ada.messages[2:]] == ["My name is Bob.", answer_to("Bob")]
    again = ada.ask("My name is Bob.", "edit", turn=1, version=version)
    assert again == answer_to("Bob")
    assert len(ada.messages) == 4
    ada.ask(THIRD, "title", turn=0, version=ada.call("GET")[1]["version"])
    assert ada.titles == [THIRD]


def test_an_edit_leaves_a_title_that_the_user_has_chosen(ada: Visitor) -> None:
    ada.ask(FIRST, "1")
    assert ada.call("PATCH", body={"title": "London"}) == (204, None)
    ada.ask(SECOND, "2", turn=0, version=ada.call("GET")[1]["version"])
    assert ada.titles == ["London"]


def test_an_edit_of_another_version_is_refused(ada: Visitor) -> None:
    ada.ask(FIRST, "1")
    version = ada.call("GET")[1]["version"]
    ada.ask(SECOND, "2")
    edit = {"text": THIRD, "turn": 0, "version": version}
    status, reason = ada.call("POST", "/messages", edit, "3")
    assert (status, "another tab" in reason) == (409, True)
    assert len(ada.messages) == 4


def test_a_fork_ends_with_the_answer(ada: Visitor) -> None:
    for key, text in enumerate([FIRST, SECOND, THIRD]):
        ada.ask(text, str(key))
    status, copy = ada.call("POST", "/fork", {"turn": 1})
    assert status == 200
    fork = Visitor(ada.app, ada.user, copy["chat"])
    assert fork.messages == ada.messages[:4]
    assert ada.titles == [FIRST, FIRST]
    fork.ask(THIRD, "1")
    assert len(ada.messages) == 6


def test_a_deleted_conversation_stays_deleted(ada: Visitor, gate: Gate) -> None:
    ada.ask(FIRST, "1")
    gate.close()
    calls = len(gate.calls)
    with ada.begin(SECOND, "2") as response:
        gate.wait_for_call(calls + 1)
        assert ada.call("DELETE") == (204, None)
        assert ada.titles == []
        gate.open()
        assert list(events(response))[-1][0] == "end"
    assert (ada.messages, ada.titles) == ([], [])


@pytest.mark.parametrize("user", ["", "{ada}"])
def test_a_name_that_cannot_be_one_is_refused(app: ChatServer, user: str) -> None:
    assert Visitor(app, user).call("GET")[0] == 400


def test_an_unreachable_redis_is_told(ada: Visitor, network: FaultProxy, gate: Gate) -> None:
    gate.close()
    calls = len(gate.calls)
    with ada.begin(FIRST, "1") as response:
        gate.wait_for_call(calls + 1)
        network.refuse()
        try:
            status, reason = ada.call("GET")
            assert (status, reason.startswith("Redis does not respond")) == (503, True)
            gate.open()
            _, outcome = list(events(response))[-1]
        finally:
            network.accept()
    assert outcome == {"stored": False, "problem": reason}
    assert ada.ask(FIRST, "1") == ANSWER
    assert len(ada.messages) == 2


def test_a_killed_server(shared_server: Server, gate: Gate, app: ChatServer) -> None:
    gate.close()
    with ChatServer(shared_server.url, gate) as killed:
        calls = len(gate.calls)
        lost = Visitor(killed, "killed")
        with lost.begin(FIRST, "1") as response:
            gate.wait_for_call(calls + 1)
            killed.kill()
            assert ("end", {"stored": True, "problem": ""}) not in list(events(response))
    gate.open()
    ada = Visitor(app, "killed")
    assert ada.messages == []
    assert ada.ask(FIRST, "1") == ANSWER  # as soon as the lease has expired
    assert len(ada.messages) == 2


@pytest.mark.parametrize(("text", "key"), [(FIRST, "1"), (SECOND, "2")])
def test_a_server_killed_before_it_has_stored_the_title(
    ada: Visitor, shared_server: Server, text: str, key: str
) -> None:
    leave_untitled(shared_server, ada)
    assert ada.titles == ["Untitled"]
    assert ada.ask(text, key) == {FIRST: ANSWER, SECOND: HEARD}[text]
    assert ada.titles == [text]
    ada.ask(THIRD, "3")
    assert ada.titles == [text]


def leave_untitled(server: Server, visitor: Visitor) -> None:
    """Store the first turn of a conversation as the chat does, but without a title."""
    answer: list[Any] = [{"role": "user", "content": FIRST}]
    answer.append({"role": "assistant", "content": ANSWER})
    with (
        SyncRedisSessionManager(url=server.url, key_prefix="chat", ttl=None) as manager,
        manager.user(visitor.user).session(visitor.chat).turn("1") as turn,
    ):
        turn.add_items(answer)


def test_without_redis_it_keeps_conversations_in_memory() -> None:
    with ChatServer("") as app:
        ada = Visitor(app, "ada")
        assert ada.ask(FIRST, "1") == ANSWER
        with ada.begin("Tell me a long story", "2") as response:
            assert next(events(response)) == ("text", "Once ")
            assert ada.call("POST", "/stop") == (204, None)
            assert list(events(response))[-1] == ("end", {"stored": True, "problem": ""})
        assert ada.messages[-1][1].startswith("Once ")
        app.interrupt()
        assert app.output == f"Chat: {app.url}\n"
