"""The recipes lose nothing if a model fails, a process is killed, or a message comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from agents import Agent
from scripted_model import ScriptedModel
from typing_extensions import Self, override

from openai_agents_session import SyncRedisSession, SyncRedisSessionManager

from .support.turns import called, said, stored, talk, user
from .test_documentation import ROOT, blocks, close, run, taken_for_granted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.server import Server

LONDON = "My name is Ada and I live in London."
PARIS = "My name is Ada and I live in Paris."
IN_LONDON, IN_PARIS = (f"Nice to meet you, Ada of {city}." for city in ("London", "Paris"))
GREETING = said("Hello!")

EDITS = [(page, number) for page in ("recipes.md", "turns.md") for number in (0, 1)]
BOTH = pytest.mark.parametrize("number", [0, 1], ids=["async", "blocking"])


class FallibleModel(ScriptedModel):
    """Fails as often as it is told to, then answers."""

    def __init__(self) -> None:
        self.calls = self.failures = 0

    @override
    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise OSError("the model failed")
        return await super().get_response(*args, **kwargs)


class Recipe:
    """A block of a page, whose functions are called as its reader would call them."""

    def __init__(self, page: str, number: int, contains: str) -> None:
        found = [block for block in blocks(ROOT / "docs" / page) if contains in block]
        assert len(found) == 2  # async, blocking
        self.code, self.is_async = found[number], number == 0
        self.names = taken_for_granted(self.code)
        self.model = FallibleModel()

    async def load(self) -> None:
        await run(self.code, self.names)
        await close(self.names.pop("manager"))
        self.names["agent"] = Agent(name="Assistant", model=self.model)

    async def call(self, function: str, *args: Any) -> Any:
        self.names["args"] = args
        await run(f"result = {'await ' * self.is_async}{function}(*args)", self.names)
        return self.names["result"]

    def session(self, server: Server) -> Any:
        return self._twin("RedisSession").from_url("ada", server.url)

    def manager(self, server: Server) -> Any:
        return self._twin("RedisSessionManager")(url=server.url, ttl=None)

    def _twin(self, name: str) -> Any:
        return self.names[name if self.is_async else f"Sync{name}"]


@pytest.fixture
def ada(server: Server) -> Iterator[SyncRedisSession]:
    """The conversation, for those who prepare it and look at it."""
    with SyncRedisSession.from_url("ada", server.url) as session:
        yield session


@pytest.mark.parametrize(("page", "number"), EDITS)
async def test_an_edit_that_fails_first_and_then_comes_twice(
    server: Server, ada: SyncRedisSession, page: str, number: int
) -> None:
    recipe = Recipe(page, number, "def edit(")
    await recipe.load()
    session = recipe.session(server)
    before = talk("Hello")
    ada.add_items([*before, user(PARIS), *called(1), said(IN_PARIS)])
    unchanged = stored(server)

    recipe.model.failures = 1
    with pytest.raises(OSError, match="the model failed"):
        await recipe.call("edit", session, "message-2", LONDON)
    assert stored(server) == unchanged

    for _ in range(2):
        assert await recipe.call("edit", session, "message-2", LONDON) == IN_LONDON
        items: list[Any] = ada.get_items()
        assert items[:3] == [*before, user(LONDON)]
        assert len(items) == 4
    assert recipe.model.calls == 2
    await close(session)


@pytest.mark.parametrize(("page", "number"), EDITS)
@pytest.mark.parametrize("before", [[], [GREETING]], ids=["nothing", "a greeting"])
async def test_an_edit_without_a_question(
    server: Server, ada: SyncRedisSession, page: str, number: int, before: list[Any]
) -> None:
    recipe = Recipe(page, number, "def edit(")
    await recipe.load()
    session = recipe.session(server)
    ada.add_items(before)
    for _ in range(2):
        assert await recipe.call("edit", session, "message-1", LONDON) == IN_LONDON
        assert ada.get_items()[:-1] == [*before, user(LONDON)]
    assert recipe.model.calls == 1
    await close(session)


@BOTH
async def test_another_try_that_fails_first_and_then_comes_twice(
    server: Server, ada: SyncRedisSession, number: int
) -> None:
    recipe = Recipe("recipes.md", number, "def try_again(")
    await recipe.load()
    session = recipe.session(server)
    before = [*talk("Hello"), user(LONDON)]
    ada.add_items([*before, said("No idea.")])
    unchanged = stored(server)

    recipe.model.failures = 1
    with pytest.raises(OSError, match="the model failed"):
        await recipe.call("try_again", session, "again")
    assert stored(server) == unchanged

    for _ in range(2):
        assert await recipe.call("try_again", session, "again") == IN_LONDON
        items: list[Any] = ada.get_items()
        assert items[:3] == before
        assert len(items) == 4
    assert recipe.model.calls == 2
    await close(session)


@BOTH
@pytest.mark.parametrize("before", [[], [GREETING]], ids=["nothing", "a greeting"])
async def test_another_try_without_a_question(
    server: Server, ada: SyncRedisSession, number: int, before: list[Any]
) -> None:
    recipe = Recipe("recipes.md", number, "def try_again(")
    await recipe.load()
    session = recipe.session(server)
    ada.add_items(before)
    for _ in range(2):
        assert await recipe.call("try_again", session, "again") is None
        assert ada.get_items() == before
    assert recipe.model.calls == 0
    await close(session)


class Sidebar:
    """The recipe with the title, on a server."""

    def __init__(self, server: Server, number: int) -> None:
        self.recipe = Recipe("recipes.md", number, "title=text[:60]")
        self.server = server
        self.watcher = SyncRedisSessionManager(url=server.url, ttl=None)
        self.alice = self.watcher.user("alice")

    async def __aenter__(self) -> Self:
        await self.recipe.load()
        self.recipe.names["manager"] = self.recipe.manager(self.server)
        return self

    async def __aexit__(self, *_: object) -> None:
        await close(self.recipe.names["manager"])
        self.watcher.close()

    def be_killed_before_the_title(self) -> None:
        """Leave what a process leaves that is killed between the turn and `update()`."""
        with self.alice.session("chat-1").turn("message-1") as turn:
            turn.add_items([user(LONDON), said(IN_LONDON)])
        assert self.titles == [None]

    async def ask(self, message_id: str, text: str) -> Any:
        return await self.recipe.call("ask", "alice", "chat-1", message_id, text)

    @property
    def titles(self) -> list[str | None]:
        return [info.title for info in self.alice.page().sessions]


@BOTH
async def test_the_title_after_a_crash_and_a_second_delivery(server: Server, number: int) -> None:
    async with Sidebar(server, number) as sidebar:
        sidebar.be_killed_before_the_title()
        assert await sidebar.ask("message-1", LONDON) == IN_LONDON
        assert sidebar.titles == [LONDON]
        assert sidebar.recipe.model.calls == 0


@BOTH
async def test_the_title_after_a_crash_and_another_message(server: Server, number: int) -> None:
    async with Sidebar(server, number) as sidebar:
        sidebar.be_killed_before_the_title()
        await sidebar.ask("message-2", PARIS)
        assert sidebar.titles == [PARIS]


@BOTH
async def test_a_title_that_was_chosen_stays(server: Server, number: int) -> None:
    async with Sidebar(server, number) as sidebar:
        await sidebar.ask("message-1", LONDON)
        assert sidebar.titles == [LONDON]
        sidebar.alice.update("chat-1", title="Home")
        await sidebar.ask("message-1", LONDON)
        await sidebar.ask("message-2", PARIS)
        assert sidebar.titles == ["Home"]
