"""Installing the versions of a cell of the matrix, which uv resolves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import nox

    from tools.matrix import Cell


def install_cell(session: nox.Session, cell: Cell, requirements: Sequence[str]) -> None:
    """Install the package and what is required, in the newest or the lowest versions."""
    constraints: tuple[str, ...] = ()
    if cell.lowest:
        # Resolve pyproject.toml: for a built package, uv would take the newest dependencies.
        pins = Path(session.create_tmp(), "pins.txt")
        pins.write_text("\n".join(cell.pins))
        options = ("--resolution", "lowest-direct", "--constraints", str(pins))
        lowest = _resolve(session, "pyproject.toml", *options, "--extra", "memory")
        constraints = ("--constraints", str(lowest))
    session.install(*requirements, *constraints, "-e", ".")


def pin_of_newest(session: nox.Session, package: str) -> str:
    """Return a pin of the newest version of a package: a pre-release only if it is that.

    A range that begins at a pre-release would not do: since 0.12, uv prefers a release in it.
    """
    wanted = Path(session.create_tmp(), "wanted.txt")
    wanted.write_text(package)
    found = _resolve(session, str(wanted), "--no-deps", "--no-annotate", "--prerelease", "allow")
    return found.read_text().strip()


def _resolve(session: nox.Session, requirements: str, *options: str) -> Path:
    """Have uv pin what a file requires; return the file with the pins."""
    pinned = Path(session.create_tmp(), "pinned.txt")
    pinned.unlink(missing_ok=True)  # uv would prefer the versions in it
    command = ("uv", "pip", "compile", "--quiet", "--no-header", "--output-file", str(pinned))
    session.run(*command, *options, requirements)
    return pinned
