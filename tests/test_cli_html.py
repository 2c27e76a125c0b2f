"""The command `export --html`: a page for people, in which everything stored is text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import redis

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.transfers import run, store_many

if TYPE_CHECKING:
    from .support.server import Server

HOSTILE = "<script>alert(1)</script> &amp; \x1b[31m [bold]red[/bold] :smile: \u202eevil\x00 \"'"

SHOWN = HOSTILE.replace("\x1b", "\\u001b").replace("\u202e", "\\u202e").replace("\0", "\\u0000")

CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "footer"),
    *("h1", "h2", "h3", "section", "article", "p", "pre", "details", "summary"),
}


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_text(server: Server) -> None:
    items: list[Any] = [
        {"role": "user", "content": HOSTILE},
        {"role": HOSTILE, "content": [{"type": "output_text", "text": HOSTILE}, HOSTILE]},
        {"type": "function_call", "name": HOSTILE, "arguments": HOSTILE},
        {"type": "function_call_output", "output": HOSTILE},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": HOSTILE}]},
        {"type": HOSTILE, "id": HOSTILE},
        {"role": "user", "content": "\ud800", "metadata": {HOSTILE: HOSTILE}},
        {"role": "user", "content": [{"type": "input_file", "filename": HOSTILE}]},
    ]
    with SyncRedisSessionManager(url=server.url, ttl=None) as manager:
        user = manager.user("eve")
        session = user.session(HOSTILE)
        session.add_items(items)
        user.update(HOSTILE, title=HOSTILE, metadata={HOSTILE: HOSTILE})
    with redis.Redis(host=server.host, port=server.port) as client:
        client.rpush(session.key, HOSTILE.encode(), b"\xff<b>")
    written = run(
        server, "--prefix", "session", "--user", "eve", "export", HOSTILE, "--html"
    ).stdout
    page = Page(written)
    assert page.tags <= TAGS
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "dir"}
    assert page.text.count(SHOWN) >= 12
    assert not re.search(CONTROLS, page.text)
    assert "\\ud800" in page.text
    assert "\\xff<b>" in page.text
    for loaded in (b"url(", b"@import", b"src=", b"href="):
        assert loaded not in written


def test_metadata_is_shown_as_json(server: Server) -> None:
    metadata = {"model": "gpt-5", "a": True, "n": {"k": None}, "l": ["ü", 1.0], "nothing": None}
    with SyncRedisSessionManager(url=server.url, key_prefix="p", ttl=None) as manager:
        alice = manager.user("alice")
        alice.session("ada").add_items([{"role": "user", "content": "Hello"}])
        alice.update("ada", metadata=metadata)
        done = run(server, "--prefix", "p", "--user", "alice", "export", "ada", "--html")
    lines = Page(done.stdout).text.splitlines()
    expected = ["model: gpt-5", "a: true", 'n: {"k": null}', 'l: ["ü", 1.0]', "nothing: null"]
    assert [line for line in lines if line in expected] == expected


def test_the_page_says_who_said_what(server: Server) -> None:
    image = {"type": "input_image", "image_url": "https://example.com/a.png"}
    items: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}, image]},
        {"role": "system", "content": "Be brief"},
        {"type": "function_call", "name": "get_weather", "arguments": '{"city":"Rome"}'},
        {"type": "function_call", "name": "broken", "arguments": '{"city'},
        {"type": "function_call", "name": "bare"},
        {"type": "function_call_output", "output": [{"type": "input_text", "text": "Sunny"}]},
        {"type": "web_search_call", "status": "completed"},
        {"type": "message", "role": "assistant", "content": [{"refusal": "I cannot"}]},
        {"role": "user", "content": [{"type": "input_file", "filename": "a.pdf"}, {"x": 1}]},
        {"role": "assistant", "content": None},
        {"n": 1},
    ]
    session = SyncRedisSession.from_url("ada", server.url, ttl=7300)
    session.add_items(items)
    session.close()
    deep = b'{"role":"user","content":[[%b]]}' % (b"[" * 900 + b"]" * 900)
    store_many(server, {"brief": [b"{" * 100_000, deep, b"[1]"]})
    with redis.Redis(host=server.host, port=server.port) as client:
        client.expire("openai_agents_session:brief", 90)
    text = re.sub(r"\s+", " ", Page(run(server, "export", "--all", "--html").stdout).text)
    for part in (
        "Expires in 2h 1m unless it is continued",
        "Expires in 1m 30s unless",
        "UserWeather?[image]",
        "SystemBe brief",
        'Tool call: get_weather{ "city": "Rome" }',
        'Tool call: broken{"city',
        "Tool call: barenull",
        "Tool resultSunny",
        'Web search call{ "type": "web_search_call", "status": "completed" }',
        "AssistantI cannot",
        'User[file a.pdf]{ "x": 1 }',
        'Item{ "n": 1 }',
        "Not an item of a conversation[1]",
        "End: 2 conversations, 14 items",
    ):
        assert part in text
    assert json.dumps(image) not in text
    page = Page(run(server, "--prefix", "p", "export", "--all", "--html").stdout)
    assert "End: 0 conversations, 0 items" in page.text
