"""The generator of the blocking twins: what it adds to unasync, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import generate
from tools.translate import HEADER, MARKER, translate

NAMES = {"RedisSession": "SyncRedisSession", "_aio": "_blocking", "aclose": "close"}
SOURCE = "src/openai_agents_session/_async/session.py"
TWIN = "src/openai_agents_session/_sync/session.py"

# Holds every name of the table, so that none is dead.
BODY = '''
"""One session, named RedisSession."""

from .._aio import Client

class RedisSession:
    async def close(self) -> None:
        await self.client.aclose()
'''
EXPECTED = '''
"""One session, named SyncRedisSession."""

from .._blocking import Client

class SyncRedisSession:
    def close(self) -> None:
        self.client.close()
'''

CODE = '''\
"""Use a RedisSession, not a RedisSessionManager:

    async with RedisSession("é") as session:  # AsyncFoo, __aenter__
        items = [x async for x in session] + await session.aclose()
"""
from .._aio import Client as c  # see _aio.py, and AsyncBar
__all__ = ["RedisSession", 'aclose', r"\\d"]
TEXT, DATA, RAW = f"{{x}} {c!r:>{9}} \\N{BULLET}", b"""_aio""", r"""await f(\\d)"""
class RedisSession:
    async def __aenter__(self) -> AsyncIterator[int]:
        await self.c.aclose(); x = 1 + \\
            await   f([y async for y in (await z)], key={**await w})
        name = f"""{x}
        é"""
'''
CODE_TWIN = '''\
"""Use a SyncRedisSession, not a RedisSessionManager:

    with SyncRedisSession("é") as session:  # SyncFoo, __enter__
        items = [x for x in session] + session.close()
"""
from .._blocking import Client as c  # see _blocking.py, and SyncBar
__all__ = ["SyncRedisSession", 'close', r"\\d"]
TEXT, DATA, RAW = f"{{x}} {c!r:>{9}} \\N{BULLET}", b"""_aio""", r"""f(\\d)"""
class SyncRedisSession:
    def __enter__(self) -> Iterator[int]:
        self.c.close(); x = 1 + \\
            f([y for y in (z)], key={**w})
        name = f"""{x}
        é"""
'''


def test_translation_is_the_same_on_every_python() -> None:
    twins = translate({SOURCE: f"{MARKER}\n{CODE}"}, NAMES)
    assert twins == {SOURCE: f"{HEADER.format(SOURCE)}\n{CODE_TWIN}"}


def test_phrase_matches_prose_only() -> None:
    text = f'{MARKER}\n"""Of redis.asyncio."""\nimport redis.asyncio'
    [twin] = translate({SOURCE: text}, {"redis.asyncio": "redis"}).values()
    assert twin.split("\n")[1:] == ['"""Of redis."""', "import redis.asyncio"]


@dataclass
class Project:
    """A tree that the command can work on; the real one stays as it is."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def set_table(self, names: dict[str, str]) -> None:
        self.monkeypatch.setattr(generate, "NAMES", names)

    def add(self, path: str, body: str, first_line: str = MARKER) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((first_line + body).encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def files(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}

    def run(self, *arguments: str) -> tuple[int, str]:
        code = generate.main(arguments, self.root)
        return code, self.capsys.readouterr().err

    def assert_refused(self, *problems: str) -> None:
        """Both modes must name the problems, and touch nothing."""
        before = self.files()
        for arguments in ([], ["--check"]):
            code, output = self.run(*arguments)
            assert code == 1
            for problem in problems:
                assert problem in output
        assert self.files() == before


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    project = Project(tmp_path, monkeypatch, capsys)
    project.set_table(NAMES)
    project.add(SOURCE, BODY)
    return project


def test_write_then_check(project: Project) -> None:
    project.add("tests/_async/deep/__init__.py", "\n")
    assert project.run() == (0, "")
    assert project.read(TWIN) == HEADER.format(SOURCE) + EXPECTED
    assert "tests/_sync/deep/__init__.py" in project.files()
    assert project.run("--check") == (0, "")


def test_write_leaves_alone_what_is_right(project: Project) -> None:
    project.run()
    os.utime(project.root / TWIN, (0, 0))
    project.run()
    assert (project.root / TWIN).stat().st_mtime == 0


def test_check_shows_a_difference_and_its_repair(project: Project) -> None:
    project.run()
    project.add(SOURCE, BODY + "\n\nX = 1\n")
    code, output = project.run("--check")
    assert code == 1
    assert f"--- {TWIN}\n" in output
    assert "\n+X = 1\n" in output
    assert output.endswith("run: python tools/generate.py\n")


@pytest.mark.parametrize("change", [b"\n", b"\r\n", b"\xff"])
def test_check_compares_bytes(project: Project, change: bytes) -> None:
    project.run()
    twin = project.root / TWIN
    twin.write_bytes(twin.read_bytes() + change)
    assert project.run("--check")[0] == 1


def test_check_finds_missing_and_stale_twins(project: Project) -> None:
    stale = "tests/_sync/deep/by_hand.py"
    project.add(stale, "\n", first_line="")
    code, output = project.run("--check")
    assert code == 1
    assert f"{TWIN}: missing\n" in output
    assert f"{stale}: stale" in output
    assert project.run() == (0, "")
    assert stale not in project.files()


def test_dead_name(project: Project) -> None:
    project.set_table({**NAMES, "Redis": "X", "gone": "X"})
    project.assert_refused("'Redis' in NAMES", "'gone' in NAMES")


@pytest.mark.parametrize(
    ("line", "leak"),
    [
        ("import asyncio", "asyncio"),
        ("anext(x)", "anext"),
        ("aiter(x)", "aiter"),
        ("FakeAsyncRedis()", "FakeAsyncRedis"),
        ("x: Awaitable[int]", "Awaitable"),
        ("async_client = 1", "async_client"),
        ("from package._async import x", "_async"),
        ("# asynchronous", "asynchronous"),
        ("'''The async one.'''", "async"),
        ("x = 'to be awaited'", "awaited"),
        ("x = 'use RedisSession'", "RedisSession"),
        ("x = r'aclose'", "aclose"),
        ("x = b'''aclose'''", "aclose"),
    ],
)
def test_leak(project: Project, line: str, leak: str) -> None:
    number = BODY.count("\n") + 1
    project.add(SOURCE, f"{BODY}{line}\n")
    project.assert_refused(f"{SOURCE}:{number}: {leak!r}")


def test_missing_marker(project: Project) -> None:
    project.add(SOURCE, BODY, first_line="# Something else.")
    project.assert_refused(f"{SOURCE}:1: the first line must be: {MARKER}")


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("f'{await x}'", "await"),
        ("f'{await(x)}'", "await"),
        ("f'await{x}'", "await"),
        ("f'{[y async for y in x]}'", "async"),
        ("f'{RedisSession}'", "RedisSession"),
        ("f'{x.aclose}'", "aclose"),
        ("f'{x(aclose=1)}'", "aclose"),
        ("f'{(lambda aclose: 1)}'", "aclose"),
        ("f'{x[\"aclose\"]}'", "aclose"),
        ("f'{x:{aclose}}'", "aclose"),
        ("f'{x.__aenter__}'", "__aenter__"),
        ("f'{AsyncFoo}'", "AsyncFoo"),
        ("('a'\n  f\"{f'{aclose}'}\")", "aclose"),
        ("rf'''\n{aclose}'''", "aclose"),
    ],
)
def test_fstring(project: Project, expression: str, word: str) -> None:
    line = BODY.count("\n") + 2
    project.add(SOURCE, f"{BODY}async def f(x):\n    return {expression}\n")
    project.assert_refused(f"{SOURCE}:{line}: {word!r} in an f-string")
    assert project.run()[1].count("\n") == 1


@pytest.mark.parametrize("expression", ["await(x)", "(await\n x)", "await[x][0]", "await'x'"])
def test_keyword_without_a_space(project: Project, expression: str) -> None:
    line = BODY.count("\n") + 2
    project.add(SOURCE, f"{BODY}async def f(x):\n    return {expression}\n")
    project.assert_refused(f"{SOURCE}:{line}: 'await' must be followed by a space")


def test_source_that_is_no_python(project: Project) -> None:
    project.add("tests/_async/test_a.py", "\nx = (\n")
    project.assert_refused("tests/_async/test_a.py:2: ")


def test_source_with_other_line_ends(project: Project) -> None:
    project.add(SOURCE, BODY.replace("\n", "\r\n"))
    project.assert_refused(f"{SOURCE}: lines must end in LF")


def test_all_problems_at_once(project: Project) -> None:
    project.add("tests/_async/a.py", "\nasyncio\n")
    project.add("tests/_async/b.py", "\n", first_line="#")
    project.add("tests/_sync/c.py", "\n")
    project.set_table({**NAMES, "gone": "X"})
    _, output = project.run("--check")
    places = [line.split(": ")[0] for line in output.splitlines()]
    assert places == [
        "tests/_async/b.py:1",
        "tests/_async/a.py:2",
        "tools/replacements.py",
        TWIN,
        "tests/_sync/a.py",
        "tests/_sync/c.py",
        "The blocking twins are out of date. To repair them, run",
    ]


def test_command_finds_its_tree_from_anywhere(tmp_path: Path, project: Project) -> None:
    tools = Path(generate.__file__).parent
    shutil.copytree(tools, tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tools" / "replacements.py").write_text(f"NAMES = {NAMES}\n")
    command = [sys.executable, str(tmp_path / "tools" / "generate.py")]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    check = [*command, "--check"]
    assert subprocess.run(check, cwd=elsewhere, capture_output=True, check=False).returncode == 1
    subprocess.run(command, cwd=elsewhere, capture_output=True, check=True)
    subprocess.run(check, cwd=elsewhere, capture_output=True, check=True)
    assert project.read(TWIN) == HEADER.format(SOURCE) + EXPECTED
