"""The check of the layers fails when one import is turned round.

The checker is in the dependency group `types`: `nox -s types` runs these tests, others skip them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter")

ROOT = Path(__file__).parents[1]
UPWARDS = {
    "at the top": ("_keys.py", "from ._async import session\n"),
    "of the other tree": ("_sync/delivery.py", "from .._async import clients\n"),
    "for types alone": (
        "_async/delivery.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .manager import x\n",
    ),
    "of a private name by the command line": ("_cli/wording.py", "from .. import _keys\n"),
    "inside a function": ("_codec.py", "def late():\n    from . import _aio\n"),
}


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_imports_of_the_package(copy: Path) -> None:
    done = check(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", UPWARDS)
def test_an_import_that_is_turned_round(copy: Path, name: str) -> None:
    path, lines = UPWARDS[name]
    module = copy / "src" / "openai_agents_session" / path
    module.write_text(module.read_text(encoding="utf-8") + lines, encoding="utf-8")
    done = check(copy)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout
