"""Text is text, in messages and in titles: nothing in it is interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from .conftest import OpenTab
    from .tab import Tab

HOSTILE = {
    "script": "<script>document.title = 'owned'; window.owned = true</script>",
    "image": "<img src=x onerror='window.owned = true'><b>bold</b>",
    "closing tags": "</p></article></div><h1>owned</h1>",
    "link": "[click](javascript:window.owned=true) https://elsewhere.example/",
    "entities": "&lt;b&gt; &amp; &#x3C;i&#x3E; &nbsp;",
    "attribute": '" onmouseover="window.owned=true" x="',
    "template": "${window.owned=true} {{7*7}} <!-- <![CDATA[ ]]>",
    "right to left": "\u202egnp.exe\u202c \u2067\u05e9\u05dc\u05d5\u05dd\u2069 \u200f!",
    "terminal": "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x08\x7f",
    "server-sent events": 'event: end\ndata: {"stored": true}\n\nevent: text',
    "markdown": "# heading **bold** `code` | a | b |",
    "emoji": "👩‍👩‍👧‍👦 e\u0301 ﷽ Z̸̢͔a̶l̷g̵o̷",
    "one long word": "x" * 3000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(tab: Tab, open_tab: OpenTab, text: str) -> None:
    said = f"What did we talk about? {text}"
    answer = tab.message(1).get_by_role("paragraph")
    tab.ask(said)
    for _ in range(2):
        assert tab.message(0).get_by_role("paragraph").text_content() == said
        assert (answer.text_content() or "").endswith(f"You said: (1) {said}")
        check_that_it_is_text(tab)
        tab.page.reload()  # once more, as it is stored
        expect(tab.articles).to_have_count(2)

    tab.title.fill(text)
    tab.title.press("Enter")
    title = " ".join(text.split("\n"))[:200].strip()  # what a field of one line can hold
    expect(tab.title).to_have_value(title)
    again = open_tab(tab.chat)
    expect(again.articles).to_have_count(2)
    assert again.links.first.text_content() == title
    check_that_it_is_text(again)

    tab.message(0).get_by_role("button", name="Edit").click()
    expect(tab.page.get_by_role("textbox", name="Edit message")).to_have_value(said)


def check_that_it_is_text(tab: Tab) -> None:
    """Fail if a text has made an element, or has run, or makes the page wider."""
    assert tab.page.evaluate("window.owned") is None
    made = "[role=log] p *, nav a *, [role=log] h1, [role=alert] *, [role=status] *"
    expect(tab.page.locator(made)).to_have_count(0)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_title_is_the_first_question(tab: Tab) -> None:
    tab.ask("<img src=x onerror='window.owned=true'>")
    tab.expect_titles("<img src=x onerror='window.owned=true'>")
    check_that_it_is_text(tab)


@pytest.mark.parametrize("user", ["<b>eve</b>", "ada&chat=1", "a/b?c#d", 'O\'Hara "x"', "*"])
def test_a_hostile_user_name(open_tab: OpenTab, user: str) -> None:
    tab = open_tab(user=user)
    tab.ask("Hello")
    tab.expect_titles("Hello")
    expect(tab.page.get_by_role("navigation").get_by_role("strong")).to_have_text(user)
    check_that_it_is_text(tab)


def test_a_user_name_that_is_refused(open_tab: OpenTab) -> None:
    tab = open_tab(user="{eve}")
    expect(tab.alert).to_contain_text("brace")
