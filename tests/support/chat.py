"""The chat example as a process, and what a client without a browser says to it."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from .app import EXAMPLES, LIBRARY, Program
from .gate import GATED_MODEL, Gate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

_ADDRESS = re.compile(r"http://[\w.]+:(\d+)")
_ANSWER_SECONDS = 30.0


class ChatServer(Program):
    """`python examples/chat/app.py`; with an empty URL, it keeps conversations in memory."""

    def __init__(
        self,
        redis_url: str,
        gate: Gate | None = None,
        port: int = 0,
        model: Path | None = None,
    ) -> None:
        """With a gate, or a folder with another `scripted_model.py`, that model answers."""
        super().__init__([], redis_url, gate)
        self._arguments = [sys.executable, str(EXAMPLES / "chat" / "app.py"), "--port", str(port)]
        first = [str(model or GATED_MODEL)] if model or gate else []
        self._environment["PYTHONPATH"] = os.pathsep.join([*first, str(LIBRARY)])
        self.port = port

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.wait_for(lambda: _ADDRESS.search(self.output))
            self.port = int(_ADDRESS.findall(self.output)[0])
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def interrupt(self) -> None:
        """End it as Ctrl-C does, and wait."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_ANSWER_SECONDS)

    def kill(self) -> None:
        """Kill it, as the kernel does when memory runs out."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Visitor:
    """A user with one conversation, without a browser."""

    def __init__(self, app: ChatServer, user: str, chat: str = "chat-1") -> None:
        self.app, self.user, self.chat = app, user, chat

    def open(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Send a request; return the response, which may still be coming in."""
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        request = urllib.request.Request(
            f"{self.app.url}{path}?{urlencode({'user': self.user})}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
        )
        return urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)

    def call(self, method: str, path: str = "", body: Any = None, key: str = "") -> tuple[int, Any]:
        """Send a request about the conversation; return the status, and what was answered."""
        try:
            with self.open(method, f"/chats/{self.chat}{path}", body, key) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())["detail"]

    def begin(self, text: str, key: str, **replaced: Any) -> Any:
        """Send a message; return the response, whose events are still to come."""
        body = {"text": text, **replaced}
        return self.open("POST", f"/chats/{self.chat}/messages", body, key)

    def ask(self, text: str, key: str, **replaced: Any) -> str:
        """Send a message, and return the whole answer; it must be stored."""
        with self.begin(text, key, **replaced) as response:
            return answer_of(response)

    @property
    def messages(self) -> list[tuple[str, str]]:
        """What the conversation shows: who said what."""
        _, state = self.call("GET")
        return [(message["role"], message["text"]) for message in state["messages"]]

    @property
    def titles(self) -> list[str]:
        """The titles of all conversations, as the sidebar shows them."""
        with self.open("GET", "/chats") as response:
            return [row["title"] for row in json.loads(response.read())]


def events(response: Any) -> Iterator[tuple[str, Any]]:
    """Read server-sent events as they come."""
    for line in response:
        kind, _, value = line.decode().rstrip("\n").partition(": ")
        if kind == "event":
            name = value
        elif kind == "data":
            yield name, json.loads(value)


def answer_of(response: Any) -> str:
    """Read an answer to its end; it must be stored."""
    *texts, end = events(response)
    assert end == ("end", {"stored": True, "problem": ""})
    return "".join(text for _, text in texts)
