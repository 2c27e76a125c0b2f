"""What unasync does, as the generator and its users rely on it: a new release may differ."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from unasync import Rule, unasync_files

NAMES = {"RedisSession": "SyncRedisSession", "_aio": "_blocking", "aclose": "close"}
FSTRINGS_ARE_TOKENS = sys.version_info >= (3, 12)


def run_unasync(folder: Path, text: str) -> str:
    source, twin = folder / "in" / "a.py", folder / "out" / "a.py"
    source.parent.mkdir()
    source.write_bytes(text.encode())
    unasync_files([str(source)], [Rule(f"{source.parent}/", f"{twin.parent}/", NAMES)])
    return twin.read_bytes().decode()


@pytest.mark.parametrize(
    ("source", "twin"),
    [
        pytest.param("x = await f()", "x = f()", id="await"),
        pytest.param("async def f(): pass", "def f(): pass", id="async def"),
        pytest.param("[x async for x in y]", "[x for x in y]", id="async comprehension"),
        pytest.param("async with a, b: pass", "with a, b: pass", id="async with"),
        pytest.param("await(x)", "x)", id="await eats the token that follows"),
        pytest.param("c.aclose(aclose=aclose)", "c.close(close=close)", id="a name, everywhere"),
        pytest.param("RedisSessionManager", "RedisSessionManager", id="part of a name"),
        pytest.param("__aenter__ __aexit__", "__enter__ __exit__", id="context"),
        pytest.param("__aiter__ __anext__", "__iter__ __next__", id="iteration"),
        pytest.param("asynccontextmanager", "contextmanager", id="contextmanager"),
        pytest.param("AsyncIterable AsyncIterator", "Iterable Iterator", id="iterators"),
        pytest.param("AsyncGenerator[Y, S]", "Generator[Y, S]", id="generator loses no argument"),
        pytest.param("StopAsyncIteration", "StopIteration", id="stop"),
        pytest.param("AsyncFoo AsyncMock", "SyncFoo SyncMock", id="Async at the start"),
        pytest.param("_AsyncFoo Asyncfoo", "_AsyncFoo Asyncfoo", id="Async elsewhere"),
        pytest.param("FakeAsyncRedis", "FakeAsyncRedis", id="Async in the middle"),
        pytest.param("# await RedisSession", "# await RedisSession", id="comment"),
        pytest.param("'''RedisSession'''", "'''RedisSession'''", id="triple quotes"),
        pytest.param("'RedisSession'", "'SyncRedisSession'", id="whole string"),
        pytest.param("'list[RedisSession]'", "'list[RedisSession]'", id="part of a string"),
        pytest.param("'AsyncX needed'", "'SyncX needed'", id="string that begins with Async"),
        pytest.param("r'aclose' b'aclose'", "r'aclose' b'aclose'", id="prefixed strings"),
        pytest.param(
            "f'{aclose}'", "f'{close}'" if FSTRINGS_ARE_TOKENS else "f'{aclose}'", id="f-string"
        ),
        pytest.param("f'aclose'", "f'aclose'", id="text of an f-string"),
        pytest.param("redis._aio", "redis._blocking", id="each part of a dotted name"),
        pytest.param("anext aiter asyncio", "anext aiter asyncio", id="no default"),
        pytest.param("Awaitable Coroutine", "Awaitable Coroutine", id="no default for types"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="line ends"),
    ],
)
def test_unasync(tmp_path: Path, source: str, twin: str) -> None:
    assert run_unasync(tmp_path, source) == twin


def test_unasync_overwrites_a_source_at_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = Path("_async", "a.py")
    source.parent.mkdir()
    source.write_text("await x")
    unasync_files([str(source)], [Rule("/_async/", "/_sync/")])
    assert source.read_text() == "x"


def test_unasync_skips_what_no_rule_matches(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("await x")
    unasync_files([str(source)], [Rule("/_async/", "/_sync/")])
    assert list(tmp_path.iterdir()) == [source]
