"""The two APIs are one on the wire: the same calls send the same bytes and end the same way."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import redis
import redis.asyncio
from hypothesis import HealthCheck, Phase, given, settings

from openai_agents_session import (
    RedisSession,
    RedisSessionManager,
    SyncRedisSession,
    SyncRedisSessionManager,
    UserSessions,
)

from .support.calls import IDS, LOCK, MANAGER, SCRIPTS, SESSION, USER, Call, Script
from .support.results import finish, neutral, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support.proxy import FaultProxy
    from .support.server import Server

EXAMPLES = 200

# The first is what the caller passed; the second makes sessions; the third is None without settings
# in the blocking API, which needs no SDK.
NOT_CALLED = {"client", "from_url", "session_settings"}

# A receipt or the token of a lock; the digest of a script is longer.
_TOKEN = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


@dataclass(frozen=True)
class Api:
    """The classes of one API."""

    session: Any
    manager: Any
    client: Any


AWAITED = Api(RedisSession, RedisSessionManager, redis.asyncio.Redis)
BLOCKING = Api(SyncRedisSession, SyncRedisSessionManager, redis.Redis)


class Step(NamedTuple):
    """A call, what it sent, how it ended and what it logged."""

    call: Call
    sent: list[bytes]
    ended: str
    logged: list[str]


class Objects:
    """What a script uses, made when it is first used: making it may be refused."""

    def __init__(self, api: Api, script: Script, client: Any) -> None:
        self._api = api
        self._script = script
        self._client = client
        self._made: dict[str, Any] = {}
        self._numbers: dict[bytes, bytes] = {}

    def get(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = getattr(self, f"_make_{name}")()
        return self._made[name]

    def number_tokens(self, command: bytes) -> bytes:
        """Replace random tokens by numbers, in the order in which they appear."""

        def number(token: re.Match[bytes]) -> bytes:
            return self._numbers.setdefault(token[0], b"<%d>" % len(self._numbers))

        return _TOKEN.sub(number, command)

    def _make_session(self) -> Any:
        return self._api.session(IDS[0], self._client, **self._script.session)

    def _make_other_session(self) -> Any:
        return self._api.session(IDS[0], self._client, **self._script.other_session)

    def _make_manager(self) -> Any:
        return self._api.manager(self._client, **self._script.manager)

    def _make_managed_session(self) -> Any:
        return self.get("manager").session(IDS[1])

    def _make_user(self) -> Any:
        return self.get("manager").user("alice")

    def _make_owned_session(self) -> Any:
        return self.get("user").session(IDS[1])

    def _make_lock(self) -> Any:
        return self.get("session").lock(blocking_timeout=0)

    def _make_other_lock(self) -> Any:
        return self.get("other_session").lock(timeout=None, blocking_timeout=0)


class Stage:
    """A server, emptied for each performance of a script, and a proxy that listens."""

    def __init__(self, server: Server, proxy: FaultProxy) -> None:
        self._server = server
        self._proxy = proxy

    def perform(self, api: Api, script: Script) -> list[Step]:
        return asyncio.run(self._perform(api, script))

    async def _perform(self, api: Api, script: Script) -> list[Step]:
        self._server.command("FLUSHALL")
        self._server.command("SCRIPT", "FLUSH")
        client = api.client.from_url(self._proxy.url, **script.client)
        try:
            objects = Objects(api, script, client)
            return [await self._step(call, objects) for call in script.calls]
        finally:
            self._proxy.disarm()
            await finish(getattr(client, "aclose", client.close)())

    async def _step(self, call: Call, objects: Objects) -> Step:
        with self._proxy.recording() as sent, log() as logged:
            ended = await self._end_of(call, objects)
        numbered = [*map(objects.number_tokens, sent)]
        if call.name == "erase":  # what a SCAN finds is in no order
            numbered = [b"".join(sorted(command.splitlines())) for command in numbered]
        return Step(call, numbered, ended, logged)

    async def _end_of(self, call: Call, objects: Objects) -> str:
        """Make a call; tell its result or its error as a text that is the same for both APIs."""
        try:
            if call.on == "server":
                getattr(self, f"_{call.name}")(objects.get("session").key)
                return ""
            member = getattr(objects.get(call.on), call.name)
            result = await finish(
                member(*call.args, **call.options) if callable(member) else member
            )
        except Exception as error:  # noqa: BLE001  errors are compared as results are
            return neutral(f"raised {type(error).__name__}: {error}")
        return neutral(shown(call.name, result))

    def _forgets_everything(self, key: str) -> None:
        self._server.command("FLUSHALL")

    def _forgets_its_scripts(self, key: str) -> None:
        self._server.command("SCRIPT", "FLUSH")

    def _holds_what_is_not_an_item(self, key: str) -> None:
        if self._server.command("TYPE", key) != b"string":
            self._server.command("RPUSH", key, "[]", b"\xff")

    def _holds_another_type(self, key: str) -> None:
        self._server.command("SET", key, "a text")

    def _loses_a_reply(self, key: str) -> None:
        self._proxy.arm("cut_after")


class Log(logging.Handler):
    """Collects what is logged, without what chance decides."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Whether a cut is seen as an end or as a reset is up to chance.
        message = re.sub(r"after [\d.]+ s(; .*: \w+).*", r"after a while\1", record.getMessage())
        self.lines.append(neutral(f"{record.levelname}: {message}"))


@contextmanager
def log() -> Iterator[list[str]]:
    """Collect what the package logs."""
    logger, handler = logging.getLogger("openai_agents_session"), Log()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler.lines
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


@pytest.fixture
def stage(server: Server, proxy: FaultProxy) -> Stage:
    return Stage(server, proxy)


def compare(stage: Stage, blocking: Api) -> None:
    """Perform random scripts with both APIs; the examples are the same in every run."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],  # a script that fails is short enough to read
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(SCRIPTS)
    def same(script: Script) -> None:
        awaited = stage.perform(AWAITED, script)
        for ours, twins in zip(awaited, stage.perform(blocking, script), strict=True):
            assert twins == ours

    same()


def test_both_apis_send_the_same_bytes_and_return_the_same(stage: Stage) -> None:
    compare(stage, BLOCKING)


class Sends(SyncRedisSession):
    """Sends one more argument, for which the answer means the same."""

    def __init__(self, session_id: str, redis_client: redis.Redis, **options: Any) -> None:
        super().__init__(session_id, redis_client, **options)
        self.client: Any = redis_client

    def ping(self) -> bool:
        return bool(self.client.execute_command("PING", "more"))


class Returns(SyncRedisSession):
    """Sends the same, and returns another thing."""

    def pop_item(self) -> Any:
        return super().pop_item() or {}


class Raises(SyncRedisSession):
    """Refuses the same arguments with other words."""

    def add_items(self, items: Any, *, idempotency_key: str | None = None) -> None:
        try:
            super().add_items(items)
        except TypeError as error:
            raise TypeError(f"{error}!") from error


@pytest.mark.parametrize("planted", [Sends, Returns, Raises])
def test_a_difference_is_found(stage: Stage, planted: type[SyncRedisSession]) -> None:
    with pytest.raises(AssertionError):
        compare(stage, replace(BLOCKING, session=planted))


@pytest.mark.parametrize(
    ("cls", "called"),
    [(RedisSession, SESSION), (RedisSessionManager, MANAGER), (UserSessions, USER)],
)
def test_every_public_method_is_called(cls: type, called: dict[str, Any]) -> None:
    public = {name for name in dir(cls) if not name.startswith("_")}
    assert public - NOT_CALLED == set(called)


def test_every_method_of_a_lock_is_called() -> None:
    lock = SyncRedisSession("ada", redis.Redis()).lock()
    methods = {name for name, _ in inspect.getmembers(lock, inspect.ismethod)}
    own = {name for name in methods if not name.startswith(("_", "do_", "lua_", "register_"))}
    assert own == set(LOCK)
