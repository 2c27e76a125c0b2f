"""The page about errors names every message that the library can give, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .support.messages import messages

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "openai_agents_session"
PAGE = ROOT / "docs" / "troubleshooting.md"
ENTRY = re.compile(r"^#### `(.+)`$", re.MULTILINE)
GENERATED = "_sync"  # says what its source says
COMMAND_LINE = "_cli"  # has a page of its own

MODULES = [
    path
    for path in sorted(SOURCE.rglob("*.py"))
    if not {GENERATED, COMMAND_LINE} & set(path.relative_to(SOURCE).parts)
]


def entries() -> list[str]:
    return ENTRY.findall(PAGE.read_text(encoding="utf-8"))


def test_every_message_of_the_library_is_on_the_page() -> None:
    given = set().union(*map(messages, MODULES))
    assert given - set(entries()) == set()


def test_every_entry_of_the_page_is_a_message_of_the_library() -> None:
    given = set().union(*map(messages, MODULES))
    assert set(entries()) - given == set()


def test_no_entry_is_there_twice() -> None:
    assert len(entries()) == len(set(entries())) > 80


def test_the_reasons_of_a_conflict_are_on_the_page() -> None:
    source = (SOURCE / "_errors.py").read_text(encoding="utf-8")
    reasons = re.findall(r'^ {4}b"\w+": "(.+)",$', source, re.MULTILINE)
    page = PAGE.read_text(encoding="utf-8")
    assert len(reasons) == 5
    assert [reason for reason in reasons if f"`{reason}`" not in page] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise ValueError("no")', {"no"}),
        ('raise ValueError(f"no {x!r}: {y}")', {"no ...: ..."}),
        ('raise ValueError(f"a number, {span}{hint}")', {"a number, ..."}),
        ('raise exceptions.LockError("no " "way")', {"no way"}),
        ('WHY = "because"\nraise ValueError(WHY)', {"because"}),
        ('return TurnBusyError(f"{who} is busy")', {"... is busy"}),
        ('logger.warning("%s: %r, %.1f s", a, b, c)', {"...: ..., ... s"}),
        ('_Text(OSError, "no answer for {subject}", "wait")', {"no answer for ...: ...; wait"}),
        ("raise NotImplementedError", set()),
        ('print("no")', set()),
    ],
)
def test_what_is_a_message(tmp_path: Path, code: str, found: set[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text(f"def f():\n    {code.replace(chr(10), chr(10) + '    ')}\n")
    assert messages(module) == found
