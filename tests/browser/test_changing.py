"""Edit, regenerate and fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .tab import RECALL, STORY

if TYPE_CHECKING:
    from .conftest import OpenTab
    from .tab import Tab

ADA, TO_ADA = "My name is Ada.", "Nice to meet you, Ada of somewhere."
BOB, TO_BOB = "My name is Bob.", "Nice to meet you, Bob of somewhere."
CITY, HEARD = "I live in London.", "I heard you, Ada."


@pytest.fixture
def talk(tab: Tab) -> Tab:
    """A tab with two turns."""
    tab.ask(ADA)
    tab.ask(CITY)
    tab.expect_messages(ADA, TO_ADA, CITY, HEARD)
    return tab


def edit(tab: Tab, number: int, text: str) -> None:
    tab.press("Edit", number)
    field = tab.page.get_by_role("textbox", name="Edit message")
    expect(field).to_be_focused()
    field.fill(text)
    tab.button("Save").click()


def test_an_edit_replaces_what_followed(talk: Tab) -> None:
    edit(talk, 0, BOB)
    talk.expect_messages(BOB, TO_BOB)
    talk.expect_idle()
    talk.expect_titles(BOB)
    talk.page.reload()
    talk.expect_messages(BOB, TO_BOB)


def test_an_edit_keeps_what_came_before(talk: Tab) -> None:
    edit(talk, 2, RECALL)
    expect(talk.articles.last).to_contain_text(f"You said: (1) {ADA} (2) {RECALL}")
    talk.expect_idle()
    assert talk.texts[:3] == [ADA, TO_ADA, RECALL]
    assert len(talk.texts) == 4


def test_an_edit_can_be_cancelled(talk: Tab) -> None:
    talk.press("Edit", 0)
    talk.page.get_by_role("textbox", name="Edit message").fill(BOB)
    talk.button("Cancel").click()
    talk.expect_messages(ADA, TO_ADA, CITY, HEARD)
    talk.page.reload()
    talk.expect_messages(ADA, TO_ADA, CITY, HEARD)


def test_a_stopped_edit_replaces_too(talk: Tab) -> None:
    edit(talk, 0, STORY)
    talk.expect_story()
    talk.page.reload()
    talk.expect_story("Sheep number 2")
    assert talk.texts[0] == STORY
    talk.stop_button.click()
    talk.expect_idle()
    texts = talk.texts
    assert len(texts) == 2
    talk.page.reload()
    talk.expect_messages(*texts)


def test_an_edit_in_a_tab_that_is_behind_is_refused(talk: Tab, open_tab: OpenTab) -> None:
    behind = open_tab(talk.chat)
    behind.expect_messages(ADA, TO_ADA, CITY, HEARD)
    behind.press("Edit", 0)
    talk.ask(RECALL)
    behind.page.get_by_role("textbox", name="Edit message").fill(BOB)
    behind.button("Save").click()
    expect(behind.alert).to_contain_text("changed in another tab")
    expect(behind.page.get_by_role("textbox", name="Edit message")).to_have_value(BOB)
    behind.button("Cancel").click()
    behind.expect_messages(*talk.texts)


def test_an_answer_can_be_regenerated(talk: Tab) -> None:
    talk.button("Regenerate").click()
    talk.expect_idle()
    talk.expect_messages(ADA, TO_ADA, CITY, HEARD)
    talk.ask(RECALL)
    expect(talk.articles.last).to_contain_text("This is turn 3.")


@pytest.mark.parametrize("number", [0, 1])
def test_a_fork_holds_what_was_up_to_there(talk: Tab, number: int) -> None:
    original = talk.chat
    talk.press("Fork", number)
    talk.expect_messages(ADA, TO_ADA)
    assert talk.chat != original
    talk.expect_titles(ADA, ADA)
    expect(talk.links.first).to_have_attribute("aria-current", "page")
    talk.ask(RECALL)
    expect(talk.articles.last).to_contain_text(f"You said: (1) {ADA} (2) {RECALL}")
    talk.open(original)
    talk.expect_messages(ADA, TO_ADA, CITY, HEARD)


def test_a_fork_of_the_last_message_holds_everything(talk: Tab) -> None:
    talk.press("Fork", 3)
    talk.expect_titles(ADA, ADA)
    talk.expect_messages(ADA, TO_ADA, CITY, HEARD)


def test_a_double_click_forks_once(talk: Tab) -> None:
    talk.message(1).get_by_role("button", name="Fork").dblclick()
    talk.expect_messages(ADA, TO_ADA)
    talk.page.reload()
    talk.expect_titles(ADA, ADA)
