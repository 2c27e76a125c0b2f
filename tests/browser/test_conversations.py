"""Talking, the sidebar, and the address, which names the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .tab import RECALL

if TYPE_CHECKING:
    from .conftest import OpenTab
    from .tab import Tab

NAME, ANSWER = "My name is Ada.", "Nice to meet you, Ada of somewhere."
CITY, HEARD = "I live in London.", "I heard you, Ada."


def test_a_conversation(tab: Tab) -> None:
    expect(tab.box).to_be_focused()
    tab.ask(NAME)
    tab.expect_messages(NAME, ANSWER)
    expect(tab.message(0)).to_have_accessible_name("You")
    expect(tab.message(1)).to_have_accessible_name("Assistant")
    tab.box.fill(CITY)
    tab.send_button.click()
    tab.expect_messages(NAME, ANSWER, CITY, HEARD)
    tab.ask(RECALL)
    expect(tab.articles.last).to_contain_text(f"You said: (1) {NAME} (2) {CITY} (3) {RECALL}")
    expect(tab.box).to_have_value("")


def test_the_same_message_twice_is_two_messages(tab: Tab) -> None:
    tab.ask(NAME)
    tab.ask(NAME)
    tab.expect_messages(NAME, ANSWER, NAME, ANSWER)


def test_an_empty_message_is_not_sent(tab: Tab) -> None:
    tab.send("  \n ")
    tab.send_button.click()
    tab.ask(NAME)
    tab.expect_messages(NAME, ANSWER)


def test_shift_enter_begins_a_line(tab: Tab) -> None:
    tab.box.fill("My name is Ada.")
    tab.box.press("Shift+Enter")
    tab.box.press_sequentially("Really.")
    tab.box.press("Enter")
    expect(tab.message(0).get_by_role("paragraph")).to_have_text("My name is Ada.\nReally.")


def test_a_double_click_sends_once(tab: Tab) -> None:
    tab.box.fill(NAME)
    tab.send_button.dblclick()
    tab.expect_idle()
    tab.page.reload()
    tab.expect_messages(NAME, ANSWER)


def test_the_sidebar_has_the_newest_on_top(tab: Tab) -> None:
    tab.ask(NAME)
    tab.expect_titles(NAME)
    expect(tab.links.first).to_have_attribute("aria-current", "page")
    tab.button("New conversation").click()
    tab.expect_messages()
    tab.ask(CITY)
    tab.expect_titles(CITY, NAME)
    tab.links.filter(has_text=NAME).click()
    tab.expect_messages(NAME, ANSWER)
    expect(tab.links.nth(1)).to_have_attribute("aria-current", "page")
    expect(tab.links.nth(0)).not_to_have_attribute("aria-current", "page")
    tab.ask(CITY)
    tab.expect_titles(NAME, CITY)


def test_the_address_names_the_conversation(tab: Tab, open_tab: OpenTab) -> None:
    tab.ask(NAME)
    first = tab.chat
    tab.page.reload()
    tab.expect_messages(NAME, ANSWER)
    tab.button("New conversation").click()
    assert tab.chat != first
    tab.page.go_back()
    tab.expect_messages(NAME, ANSWER)
    assert tab.chat == first
    open_tab(first).expect_messages(NAME, ANSWER)


def test_another_user_sees_nothing(tab: Tab, open_tab: OpenTab) -> None:
    tab.ask(NAME)
    eve = open_tab(tab.chat, user="eve")
    eve.expect_titles()
    eve.ask(RECALL)
    expect(eve.articles.last).to_contain_text("Your name: unknown.")
    expect(eve.articles.last).to_contain_text(f"You said: (1) {RECALL}")
    tab.page.reload()
    tab.expect_messages(NAME, ANSWER)
    tab.expect_titles(NAME)


def test_a_title_can_be_changed(tab: Tab, open_tab: OpenTab) -> None:
    tab.ask(NAME)
    expect(tab.title).to_have_value(NAME)
    tab.title.fill("About me")
    tab.title.press("Tab")
    tab.expect_titles("About me")
    open_tab(tab.chat).expect_titles("About me")


def test_a_title_that_was_changed_stays(tab: Tab) -> None:
    tab.ask(NAME)
    tab.title.fill("About me")
    tab.title.press("Tab")
    tab.expect_titles("About me")
    tab.button("Regenerate").click()
    tab.expect_idle()
    tab.ask(CITY)
    tab.page.reload()
    tab.expect_titles("About me")


def test_a_title_can_be_changed_while_an_answer_comes(tab: Tab) -> None:
    tab.ask(NAME)
    tab.begin_story()
    tab.title.fill("A story")
    tab.title.press("Enter")
    tab.expect_story("Sheep number 3")
    tab.stop_button.click()
    tab.expect_titles("A story")
    tab.begin_story()
    tab.stop_button.click()
    tab.expect_idle()
    expect(tab.articles).to_have_count(6)


def test_a_conversation_can_be_deleted(tab: Tab) -> None:
    tab.ask(NAME)
    deleted = tab.chat
    tab.page.once("dialog", lambda dialog: dialog.dismiss())
    tab.button("Delete").click()
    tab.expect_titles(NAME)
    tab.page.once("dialog", lambda dialog: dialog.accept())
    tab.button("Delete").click()
    tab.expect_titles()
    tab.expect_messages()
    assert tab.chat != deleted
    tab.open(deleted)
    expect(tab.title).to_be_disabled()
    tab.expect_messages()
