"""The conformance suite passes our sessions, and finds every planted fault."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .support.conformance_runs import modules

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {  # without the plugins that the suite does not need, it starts faster
    **os.environ,
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "pytest_asyncio.plugin,pytest_timeout",
    "PYTEST_ADDOPTS": "",
}
SECONDS = 240
GROUPS = 4  # of planted faults, so that several workers share them

pytestmark = pytest.mark.timeout(SECONDS + 60)  # it is the suite that ends first, and says why

FOUND_BY = {
    "LosesAnItem": "test_order_within_a_batch",
    "NewestFirst": "test_order_of_batches",
    "BatchesInFront": "test_order_of_batches",
    "ZeroIsNoLimit": "test_limit_of_zero",
    "NegativeIsNoLimit": "test_negative_limit",
    "LimitFromTheOldest": "test_limit",
    "IgnoresItsSettings": "test_limit_in_the_settings",
    "SharesWhatItReturns": "test_returned_items_are_copies",
    "SharesWhatWasAdded": "test_added_items_are_copied",
    "SwallowsErrors": "test_bad_item_is_refused",
    "StoresPartOfABadBatch": "test_bad_batch_stores_nothing",
    "PopsTheOldest": "test_pop",
    "PopRaisesIfEmpty": "test_pop_of_an_empty_session",
    "PopRemovesNothing": "test_pop",
    "ClearLeavesOne": "test_clear",
    "DropsEqualItems": "test_equal_items",
    "OneForAllIds": "test_ids_are_isolated",
    "NothingIsShared": "test_id_is_shared",
    "LowerCaseIds": "test_similar_ids",
    "ShortIds": "test_unusual_ids",
    "RemembersWhatItHasRead": "test_id_is_shared",
    "OneItemForEachId": "test_items_with_the_same_id",
    "LimitCountsTurns": "test_limit_inside_a_turn",
    "ParsesDates": "test_text_that_looks_like_json",
    "ReplacesDotsInNames": "test_unknown_fields",
    "DropsNulls": "test_null",
    "CutsLongTexts": "test_text_of_one_megabyte",
    "LosesSurrogates": "test_lone_surrogates",
    "BatchesInterleave": "test_concurrent_adds",
    "StoresPartOfACancelledBatch": "test_cancelled_adds",
    "PopsTwice": "test_concurrent_pops",
    "LosesItemsOfCancelledPops": "test_cancelled_pops",
    "PutsBackAtTheEnd": "test_cancelled_pops",
    "AnswersTheNextRead": "test_cancelled_reads",
    "HangsAfterACancelledAdd": "test_session_works_after_cancelled_calls",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS
    )


def requirements() -> dict[str, str]:
    """Return the docstring of every test of the suite."""
    trees = [ast.parse(path.read_text("utf-8")) for path in ROOT.glob("conformance/test_*.py")]
    functions = [node for tree in trees for node in tree.body if isinstance(node, FUNCTIONS)]
    return {f.name: ast.get_docstring(f) or "" for f in functions if f.name.startswith("test_")}


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.mark.parametrize(
    "factory",
    [
        "tests.support.conforming:awaited",
        "tests.support.conforming:blocking",
        "conformance.example:DictSession",
    ],
)
def test_right_sessions_pass(factory: str) -> None:
    done = run("pytest", "conformance", f"--session={factory}")
    assert done.returncode == 0, done.stdout
    assert f"{len(requirements())} passed" in done.stdout


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_planted_fault_is_found(group: int) -> None:
    faults = [*modules()][group::GROUPS]
    done = run("tests.support.conformance_runs", *faults)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert list(results) == faults
    assert results.pop("Copies", [0, []]) == [0, []]
    assert {name: status for name, (status, _) in results.items() if status != 1} == {}
    missed = {name: found for name, (_, found) in results.items() if FOUND_BY[name] not in found}
    assert missed == {}


def test_there_is_a_requirement_for_every_planted_fault() -> None:
    assert {*FOUND_BY, "Copies"} == set(modules())
    assert set(FOUND_BY.values()) <= set(requirements())


def test_every_requirement_is_one_sentence_and_said_once() -> None:
    sentences = requirements().values()
    assert len(sentences) >= 20
    assert [text for text in sentences if not re.fullmatch(r"[^\n]+\.", text)] == []
    assert len({*sentences}) == len(sentences)


def test_a_failure_names_the_requirement() -> None:
    session = "--session=tests.support.conformance_faults:LimitFromTheOldest"
    done = run("pytest", "conformance", session, "-k", "limits")
    assert done.returncode == 1
    assert "A limit returns the newest items, oldest first. (test_limit)" in done.stdout
    assert "expected [" in done.stdout


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("", "--session is missing: python -m pytest conformance --session=module:factory"),
        ("json", "this is not of the form module:factory"),
        ("json:", "this is not of the form module:factory"),
        ("no_such_module:factory", "cannot import no_such_module: ModuleNotFoundError"),
        ("json:factory", "json has no factory"),
        ("json:decoder.factory", "json has no decoder.factory"),
        ("math:pi", "pi is not callable"),
        ("builtins:print", "the factory returned None instead of a session"),
        ("sys:exit", "the factory raised SystemExit: conformance-"),
    ],
)
def test_a_wrong_call(option: str, line: str) -> None:
    done = run("pytest", "conformance", *([f"--session={option}"] if option else []))
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    [said] = [text for text in (done.stdout + done.stderr).splitlines() if line in text]
    assert option in said
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("plugin", ["asyncio", "timeout"])
def test_a_plugin_is_missing(plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    others = f"-p {'timeout' if plugin == 'asyncio' else 'asyncio'}"
    monkeypatch.setitem(ENVIRONMENT, "PYTEST_PLUGINS", "")
    monkeypatch.setitem(ENVIRONMENT, "PYTEST_ADDOPTS", others)
    done = run("pytest", "conformance", "--session=conformance.example:DictSession")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: pytest-{plugin}" in done.stderr
    assert "is missing: pip install" in done.stderr


def test_a_session_that_is_not_awaitable() -> None:
    done = run("pytest", "conformance", "--session=tests.support.conforming:not_awaitable")
    assert done.returncode == 1
    assert "All four methods are awaitable. (test_methods_are_awaitable)" in done.stdout
    assert "these are not: add_items, get_items, pop_item, clear_session" in done.stdout
