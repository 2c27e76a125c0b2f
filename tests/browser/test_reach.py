"""The keyboard alone, a phone, the dark, and what a screen reader is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .tab import STORY

if TYPE_CHECKING:
    from .tab import Tab

ADA, TO_ADA = "My name is Ada.", "Nice to meet you, Ada of somewhere."
BOB, TO_BOB = "My name is Bob.", "Nice to meet you, Bob of somewhere."
PHONE = {"width": 390, "height": 844}


def tab_to(tab: Tab, name: str, *, back: bool = False) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(30):
        tab.page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = tab.page.locator(":focus")
        if focused.count() and name in (focused.get_attribute("aria-label"), focused.inner_text()):
            outline = focused.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline == "solid"  # people see where they are
            return
    raise AssertionError(f"{name} cannot be reached")


def test_the_keyboard_alone(tab: Tab) -> None:
    keys = tab.page.keyboard
    keys.type(ADA)
    keys.press("Enter")
    tab.expect_messages(ADA, TO_ADA)
    tab.expect_idle()
    tab_to(tab, "Edit", back=True)
    keys.press("Enter")
    keys.press("Control+A")
    keys.type("Never mind")
    keys.press("Escape")
    tab.expect_messages(ADA, TO_ADA)
    expect(tab.message(0).get_by_role("button", name="Edit")).to_be_focused()
    keys.press("Enter")
    keys.press("Control+A")
    keys.type(BOB)
    tab_to(tab, "Save")
    keys.press("Enter")
    tab.expect_messages(BOB, TO_BOB)
    tab.expect_idle()
    expect(tab.box).to_be_focused()
    keys.type(STORY)
    keys.press("Enter")
    tab.expect_story()
    tab_to(tab, "Stop")
    keys.press("Enter")
    tab.expect_idle()
    expect(tab.box).to_be_focused()
    tab_to(tab, "Fork", back=True)
    keys.press("Enter")
    tab.expect_titles(BOB, BOB)
    tab_to(tab, "New conversation", back=True)
    keys.press("Enter")
    tab.expect_messages()
    expect(tab.box).to_be_focused()
    tab_to(tab, BOB, back=True)
    keys.press("Enter")
    expect(tab.articles).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(tab: Tab, scheme: str) -> None:
    tab.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.ask(ADA)
    tab.ask("A word that does not fit: " + "long" * 60)
    tab.press("Edit", 2)
    for control in ("Send", "New conversation", "Delete", "Save", "Cancel"):
        box = tab.button(control).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    widths = "[document.documentElement.scrollWidth, document.querySelector('#chat').scrollWidth]"
    assert max(tab.page.evaluate(widths)) <= PHONE["width"]
    tab.button("Cancel").click()
    tab.begin_story()
    tab.stop_button.click()
    tab.expect_idle()
    expect(tab.box).to_be_in_viewport(ratio=1)
    expect(tab.articles.last).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(tab: Tab, scheme: str) -> None:
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.ask(ADA)
    background = tab.page.evaluate(
        f"({LUMINANCE})(getComputedStyle(document.body).backgroundColor)"
    )
    assert (background < 0.1) == (scheme == "dark")
    for name, contrast in tab.page.evaluate(CONTRASTS):
        assert contrast >= 4.5, name


LUMINANCE = """color => {
  const [r, g, b] = color.match(/\\d+/g).map(Number).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}"""
CONTRASTS = f"""() => {{
  const luminance = {LUMINANCE};
  const behind = (element) => {{
    const color = getComputedStyle(element).backgroundColor;
    return color === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : color;
  }};
  return [...document.querySelectorAll("p:not(:empty), a, button:not([hidden], :disabled)")].map(
    (element) => {{
      const [low, high] = [getComputedStyle(element).color, behind(element)]
        .map(luminance)
        .sort((a, b) => a - b);
      return [element.textContent, (high + 0.05) / (low + 0.05)];
    }},
  );
}}"""


def test_what_a_screen_reader_finds(tab: Tab) -> None:
    tab.ask(ADA)
    assert tab.page.get_by_role("main").aria_snapshot() == SNAPSHOT.strip()
    expect(
        tab.page.get_by_role("list", name="Conversations").get_by_role("listitem")
    ).to_have_count(1)
    assert tab.page.evaluate("document.documentElement.lang") == "en"
    expect(tab.page).to_have_title(ADA)


SNAPSHOT = f"""
- main:
  - textbox "Title":
    - /placeholder: New conversation
    - text: {ADA}
  - button "Delete"
  - log "Chat":
    - article "You":
      - paragraph: {ADA}
      - button "Edit"
      - button "Fork"
    - article "Assistant":
      - paragraph: {TO_ADA}
      - button "Regenerate"
      - button "Fork"
  - textbox "Message"
  - button "Send"
"""
