"""No distribution is built from a tree whose blocking twins are stale."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools.translate import MARKER

ROOT = Path(__file__).parents[1]
SOURCE = "src/openai_agents_session/_async/session.py"
TWIN = "src/openai_agents_session/_sync/session.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a project of one module, with the build settings and the generator of the real one."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for name in ("README.md", "LICENSE"):
        (root / name).touch()
    (root / "tools" / "replacements.py").write_text("NAMES = {}\n")
    source = root / SOURCE
    source.parent.mkdir(parents=True)
    source.write_text(f"{MARKER}\nasync def ping(): ...\n")
    subprocess.run([sys.executable, root / "tools" / "generate.py"], check=True)
    return root


def make_stale(root: Path) -> None:
    with (root / SOURCE).open("a") as source:
        source.write("X = 1\n")


def build(root: Path, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", root.parent / "dist"],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def built(root: Path, pattern: str) -> list[Path]:
    return list((root.parent / "dist").glob(pattern))


def build_and_unpack_sdist(root: Path) -> Path:
    assert build(root, "sdist").returncode == 0
    [sdist] = built(root, "*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(root.parent, filter="data")
    return root.parent / sdist.name.removesuffix(".tar.gz")


def test_wheel_from_sdist_holds_the_twin(tree: Path) -> None:
    unpacked = build_and_unpack_sdist(tree)
    assert build(unpacked, "wheel").returncode == 0
    [wheel] = built(tree, "*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(TWIN.removeprefix("src/")) == (tree / TWIN).read_bytes()
        assert not [name for name in archive.namelist() if name.startswith("tools")]


@pytest.mark.parametrize("target", ["sdist", "wheel"])
def test_stale_twin_stops_the_build(tree: Path, target: str) -> None:
    make_stale(tree)
    result = build(tree, target)
    assert result.returncode == 1
    assert f"--- {TWIN}\n" in result.stderr
    assert "run: python tools/generate.py\n" in result.stderr
    assert "Nothing was built" in result.stderr
    assert built(tree, "*") == []


def test_sdist_that_was_edited_makes_no_wheel(tree: Path) -> None:
    unpacked = build_and_unpack_sdist(tree)
    make_stale(unpacked)
    assert build(unpacked, "wheel").returncode == 1
    assert built(tree, "*.whl") == []


def test_editable_install_does_not_disturb_an_edit(tree: Path) -> None:
    make_stale(tree)
    # By default, hatchling needs one more package for this, which an installer would bring.
    settings, table = tree / "pyproject.toml", "[tool.hatch.build.targets.wheel]\n"
    settings.write_text(settings.read_text().replace(table, f'{table}dev-mode-dirs = ["src"]\n'))
    assert build(tree, "wheel:editable").returncode == 0
    [wheel] = built(tree, "*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".py")]
