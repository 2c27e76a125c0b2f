"""Find a Python by its version, on PATH or in the folders of version managers."""

import os
import re
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

FOLDERS = (  # environment variable, default folder under the home folder, subfolder of versions
    ("PYENV_ROOT", ".pyenv", "versions"),
    ("ASDF_DATA_DIR", ".asdf", "installs/python"),
    ("MISE_DATA_DIR", ".local/share/mise", "installs/python"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "."),
)
_SHOW_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def find_interpreter(version: str) -> str | None:
    """Return the path of a working Python such as "3.12", or None.

    PATH may contain a version manager's shim for a Python that is not installed.
    """
    for path in chain(_on_path(version), _managed(version)):
        if _version_of(path) == version:
            return str(path)
    return None


def _on_path(version: str) -> Iterator[Path]:
    for folder in os.get_exec_path():
        if os.access(path := Path(folder, f"python{version}"), os.X_OK):
            yield path


def _managed(version: str) -> Iterator[Path]:
    release = re.compile(rf"(?:cpython-)?{re.escape(version)}\.(\d+)(?:-(?!.*freethreaded).*)?")
    for variable, default, versions in FOLDERS:
        folder = Path(os.environ.get(variable) or Path.home() / default, versions)
        found = [
            (match, path) for path in folder.glob("*") if (match := release.fullmatch(path.name))
        ]
        for _, path in sorted(found, key=lambda pair: int(pair[0][1]), reverse=True):
            yield path / "bin" / "python"


def _version_of(path: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603  (an interpreter that was found)
            [path, "-c", _SHOW_VERSION], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
