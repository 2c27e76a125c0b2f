"""A tab with the chat, used as a person uses it: by what things are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

STORY = "Tell me a long story"
RECALL = "What did we talk about?"

# Notes every moment at which the page shows a question without an answer.
WATCH = """
addEventListener("DOMContentLoaded", () => {
  const log = document.querySelector("[role=log]");
  window.unanswered = [];
  new MutationObserver(() => {
    const names = [...log.children].map((article) => article.ariaLabel);
    const paired = names.every((name, at) => name === ["You", "Assistant"][at % 2]);
    if (!paired || names.length % 2) window.unanswered.push(names.join());
  }).observe(log, { childList: true });
});
"""


class Tab:
    """One tab of one user."""

    def __init__(self, page: Page, url: str, user: str) -> None:
        self.page, self.url, self.user = page, url, user
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.log = page.get_by_role("log", name="Chat")
        self.articles = self.log.get_by_role("article")
        self.links = page.get_by_role("list", name="Conversations").get_by_role("link")
        self.title = page.get_by_role("textbox", name="Title")
        self.alert = page.get_by_role("alert")
        self.status = page.get_by_role("status")
        self.send_button, self.stop_button = self.button("Send"), self.button("Stop")
        self.errors: list[str] = []
        page.add_init_script(WATCH)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._check_request(request.url))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def open(self, chat: str | None = None) -> Tab:
        """Open a conversation by its address, or a new one."""
        query = {"user": self.user, **({"chat": chat} if chat else {})}
        self.page.goto(f"{self.url}/?{urlencode(query)}")
        return self

    @property
    def chat(self) -> str:
        """The conversation that the address names."""
        found = re.search(r"[?&]chat=([\w-]+)$", self.page.url)
        assert found, self.page.url
        return found[1]

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str) -> None:
        """Send a message, and wait for the whole answer."""
        before = self.articles.count()
        self.send(text)
        expect(self.articles).to_have_count(before + 2)
        self.expect_idle()

    def begin_story(self) -> None:
        """Ask for the long story, and wait until it is being told."""
        self.send(STORY)
        self.expect_story()

    def expect_story(self, word: str = "Sheep number 1 ") -> None:
        expect(self.log).to_have_attribute("aria-busy", "true")
        expect(self.articles.last).to_contain_text(word.strip())

    def expect_idle(self) -> None:
        expect(self.log).to_have_attribute("aria-busy", "false")

    def expect_messages(self, *texts: str) -> None:
        """Wait until these are all the messages, by turns the user's and the assistant's."""
        expect(self.articles.get_by_role("paragraph")).to_have_text(list(texts))

    def message(self, number: int) -> Locator:
        """Return a message: the first is number 0."""
        return self.articles.nth(number)

    def press(self, name: str, number: int) -> None:
        """Press a button of a message."""
        self.message(number).get_by_role("button", name=name, exact=True).click()

    @property
    def texts(self) -> list[str]:
        """What the messages say."""
        return self.articles.get_by_role("paragraph").all_inner_texts()

    def expect_titles(self, *titles: str) -> None:
        expect(self.links).to_have_text(list(titles))

    def check(self) -> None:
        """Fail if something went wrong that nobody has seen."""
        assert self.errors == []
        assert self.page.is_closed() or self.page.evaluate("window.unanswered") == []

    def _check_request(self, url: str) -> None:
        if not url.startswith((f"{self.url}/", "data:,")):
            self.errors.append(f"loaded from elsewhere: {url}")
