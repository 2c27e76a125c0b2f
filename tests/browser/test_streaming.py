"""Answers on their way: shown word by word, stopped, left and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .tab import RECALL, STORY

if TYPE_CHECKING:
    from .conftest import OpenTab
    from .tab import Tab

NAME, ANSWER = "My name is Ada.", "Nice to meet you, Ada of somewhere."
END = "Sheep number 17 jumped over the fence."


def test_an_answer_comes_word_by_word(tab: Tab) -> None:
    tab.send(STORY)
    expect(tab.log).to_have_attribute("aria-busy", "true")
    for word in ("Sheep number 1", "Sheep number 2", "Sheep number 3"):
        tab.expect_story(word)
        assert END not in tab.texts[1]
    expect(tab.articles.last).to_contain_text(END)
    tab.expect_idle()
    expect(tab.stop_button).to_be_hidden()


def test_a_stop_keeps_what_was_shown(tab: Tab) -> None:
    tab.begin_story()
    shown = tab.texts[1]
    tab.stop_button.click()
    tab.expect_idle()
    question, kept = tab.texts
    assert question == STORY
    assert kept.startswith(shown)
    assert END not in kept
    tab.page.reload()
    tab.expect_messages(STORY, kept)
    tab.ask(RECALL)
    expect(tab.articles.last).to_contain_text("I answered 1 times.")


def test_a_reload_in_the_middle(tab: Tab) -> None:
    tab.ask(NAME)
    tab.begin_story()
    tab.page.reload()
    tab.expect_story("Sheep number 2")
    assert tab.texts[:3] == [NAME, ANSWER, STORY]
    tab.page.reload()
    tab.expect_story("Sheep number 3")
    tab.stop_button.click()
    tab.expect_idle()
    texts = tab.texts
    assert len(texts) == 4
    tab.page.reload()
    tab.expect_messages(*texts)


def test_a_closed_tab_loses_no_answer(tab: Tab, open_tab: OpenTab) -> None:
    tab.begin_story()
    chat = tab.chat
    tab.page.close()
    again = open_tab(chat)
    again.expect_story()
    expect(again.articles.last).to_contain_text(END)
    again.expect_idle()
    assert len(again.texts) == 2
    again.expect_titles(STORY)


def test_another_conversation_in_the_meantime(tab: Tab) -> None:
    tab.begin_story()
    story = tab.chat
    tab.button("New conversation").click()
    tab.expect_messages()
    tab.ask(NAME)
    tab.expect_messages(NAME, ANSWER)
    tab.expect_titles(STORY, NAME)
    tab.links.first.click()
    assert tab.chat == story
    tab.expect_story()
    tab.stop_button.click()
    tab.expect_idle()
    tab.expect_titles(STORY, NAME)


def test_a_second_tab_reads_along(tab: Tab, open_tab: OpenTab) -> None:
    tab.begin_story()
    second = open_tab(tab.chat)
    second.expect_story("Sheep number 2")
    second.stop_button.click()
    for each in (tab, second):
        each.expect_idle()
    assert tab.texts == second.texts
    assert len(tab.texts) == 2


def test_a_second_tab_is_told(tab: Tab, open_tab: OpenTab) -> None:
    tab.ask(NAME)
    second = open_tab(tab.chat)
    second.expect_messages(NAME, ANSWER)
    tab.begin_story()
    second.send(RECALL)
    expect(second.alert).to_contain_text("Another answer is on its way")
    expect(second.box).to_have_value(RECALL)
    second.expect_story()  # it reads along from now on
    second.stop_button.click()
    tab.expect_idle()
    second.expect_idle()
    second.send_button.click()
    expect(second.articles).to_have_count(6)
    second.expect_idle()
    expect(second.alert).to_be_hidden()
    expect(second.articles.last).to_contain_text("I answered 2 times.")


def test_a_message_waits_for_the_answer_before_it(tab: Tab) -> None:
    tab.begin_story()
    tab.send(NAME)
    expect(tab.status).to_contain_text("will be sent after this answer")
    tab.stop_button.click()
    expect(tab.articles).to_have_count(4)
    tab.expect_idle()
    assert tab.texts[2:] == [NAME, ANSWER]
    expect(tab.status).to_be_hidden()
    expect(tab.box).to_have_value("")


def test_what_another_tab_added_is_shown(tab: Tab, open_tab: OpenTab) -> None:
    tab.ask(NAME)
    second = open_tab(tab.chat)
    second.expect_messages(NAME, ANSWER)
    second.ask("I live in London.")
    tab.page.evaluate("dispatchEvent(new Event('focus'))")
    tab.expect_messages(NAME, ANSWER, "I live in London.", "I heard you, Ada.")
