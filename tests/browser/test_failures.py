"""Killed servers and an unreachable Redis: told as alerts, and nothing is lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.chat import ChatServer
from tests.support.gate import Gate
from tests.support.proxy import FaultProxy

from .tab import RECALL, STORY, Tab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Route

    from tests.support.server import Server

NAME, ANSWER = "My name is Ada.", "Nice to meet you, Ada of somewhere."
BOB = "My name is Bob."


@pytest.fixture
def network(server: Server) -> Iterator[FaultProxy]:
    """What is between the chat and Redis."""
    with FaultProxy(server.host, server.port) as network:
        yield network


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.open()
    return gate


@pytest.fixture
def own_app(network: FaultProxy, gate: Gate) -> Iterator[ChatServer]:
    with ChatServer(network.url, gate) as app:
        yield app


@pytest.fixture
def tab(own_app: ChatServer, context: BrowserContext) -> Iterator[Tab]:
    tab = Tab(context.new_page(), own_app.url, "ada").open()
    yield tab
    tab.check()


def test_a_killed_server(network: FaultProxy, gate: Gate, own_app: ChatServer, tab: Tab) -> None:
    tab.ask(NAME)
    tab.begin_story()
    own_app.kill()
    expect(tab.alert).to_contain_text("The server does not respond")
    tab.expect_messages(NAME, ANSWER)
    expect(tab.box).to_have_value(STORY)
    with ChatServer(network.url, gate, own_app.port):
        tab.page.reload()
        tab.expect_messages(NAME, ANSWER)
        tab.ask(RECALL)  # as soon as the lease of the killed server has expired
        expect(tab.articles.last).to_contain_text(f"You said: (1) {NAME} (2) {RECALL}")
        tab.page.reload()
        expect(tab.articles).to_have_count(4)


def test_a_message_sent_again(
    network: FaultProxy, gate: Gate, own_app: ChatServer, tab: Tab
) -> None:
    gate.close()
    tab.send(NAME)
    gate.wait_for_call()
    own_app.kill()
    expect(tab.box).to_have_value(NAME)
    tab.expect_messages()
    gate.open()
    with ChatServer(network.url, gate, own_app.port):
        tab.send_button.click()
        tab.expect_messages(NAME, ANSWER)
        tab.expect_idle()
        expect(tab.alert).to_be_hidden()
        tab.page.reload()
        tab.expect_messages(NAME, ANSWER)


def test_a_message_sent_again_although_it_was_stored(gate: Gate, tab: Tab) -> None:
    def lose_the_reply(route: Route) -> None:
        route.fetch()
        route.abort()

    tab.page.route("**/messages?*", lose_the_reply, times=1)
    tab.send(NAME)
    expect(tab.alert).to_contain_text("it is not stored twice")
    expect(tab.box).to_have_value(NAME)
    tab.expect_messages(NAME, ANSWER)  # what is stored
    tab.send_button.click()
    expect(tab.box).to_have_value("")
    tab.expect_idle()
    tab.expect_messages(NAME, ANSWER)
    expect(tab.alert).to_be_hidden()
    assert len(gate.calls) == 1
    tab.ask(NAME)  # a message of its own
    tab.expect_messages(NAME, ANSWER, NAME, ANSWER)


def test_an_edit_of_a_killed_server(
    network: FaultProxy, gate: Gate, own_app: ChatServer, tab: Tab
) -> None:
    tab.ask(NAME)
    gate.close()
    tab.press("Edit", 0)
    field = tab.page.get_by_role("textbox", name="Edit message")
    field.fill(BOB)
    field.press("Enter")
    gate.wait_for_call(2)
    own_app.kill()
    expect(tab.alert).to_contain_text("The server does not respond")
    expect(field).to_have_value(BOB)
    gate.open()
    with ChatServer(network.url, gate, own_app.port):
        tab.page.reload()
        tab.expect_messages(NAME, ANSWER)  # what was to be replaced is still there


def test_an_answer_that_cannot_be_stored(network: FaultProxy, gate: Gate, tab: Tab) -> None:
    gate.close()
    tab.send(NAME)
    gate.wait_for_call()
    network.refuse()
    gate.open()
    expect(tab.alert).to_contain_text("Redis does not respond")
    expect(tab.box).to_have_value(NAME)
    tab.expect_idle()
    network.accept()
    tab.send_button.click()
    tab.expect_messages(NAME, ANSWER)
    tab.expect_idle()
    expect(tab.alert).to_be_hidden()


def test_redis_is_unreachable(network: FaultProxy, tab: Tab) -> None:
    tab.ask(NAME)
    network.refuse()
    tab.page.reload()
    expect(tab.alert).to_contain_text("Redis does not respond")
    network.accept()
    tab.page.reload()
    tab.expect_messages(NAME, ANSWER)
    expect(tab.alert).to_be_hidden()


def test_a_stop_before_the_first_word(
    context: BrowserContext, tmp_path: Path, server: Server
) -> None:
    """The question is taken back: it returns to the box, and nothing is stored."""
    (tmp_path / "scripted_model.py").write_text(SILENT_MODEL)
    with ChatServer(server.url, model=tmp_path) as app:
        tab = Tab(context.new_page(), app.url, "ada").open()
        tab.send(NAME)
        tab.stop_button.click()
        expect(tab.box).to_have_value(NAME)
        tab.expect_messages()
        tab.expect_idle()
        tab.page.reload()
        tab.expect_messages()
        tab.expect_titles()
        tab.check()


def test_a_model_that_fails(context: BrowserContext, tmp_path: Path, server: Server) -> None:
    failing = tmp_path / "scripted_model.py"
    failing.write_text(
        SILENT_MODEL.replace("await asyncio.sleep(600)", "raise OSError('no model')")
    )
    with ChatServer(server.url, model=tmp_path) as app:
        tab = Tab(context.new_page(), app.url, "ada").open()
        tab.send(NAME)
        expect(tab.alert).to_contain_text("The model failed")
        expect(tab.box).to_have_value(NAME)
        tab.expect_messages()
        tab.expect_titles()
        tab.check()


SILENT_MODEL = """
import asyncio
from agents import Model

class ScriptedModel(Model):
    async def get_response(self, *args, **kwargs):
        raise NotImplementedError

    async def stream_response(self, *args, **kwargs):
        await asyncio.sleep(600)
        yield
"""
