"""What the project checks, each in an environment of its own. Plain `nox`: lint, types, tests."""

from __future__ import annotations

import os
from pathlib import Path

import nox

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).parent
GROUPS = nox.project.load_toml(ROOT / "pyproject.toml")


def install(session: nox.Session, *groups: str, package: str = "") -> None:
    """Install dependency groups, and the package in the form asked for."""
    requirements = nox.project.dependency_groups(GROUPS, *groups) if groups else ()
    session.install(*requirements, *(["-e", package] if package else []))


@nox.session
def generate(session: nox.Session) -> None:
    """Write the blocking twins anew from the sources in `_async/`."""
    install(session, "lint")
    session.run("python", "tools/generate.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check that the twins are what their sources make, and the style of everything."""
    install(session, "lint")
    session.run("python", "tools/generate.py", "--check")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of both trees, the tests and the tools."""
    install(session, "types", package=".")
    session.run("mypy")
    session.run("pytest", "tests/test_typing.py")


@nox.session
def tests(session: nox.Session) -> None:
    """Test with this interpreter and the newest dependencies, on servers of the tests' own."""
    install(session, "test", package=".")
    session.run("pytest", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kill the server in the middle of traffic, many times, and audit every item."""
    install(session, "test", package=".")
    session.run("pytest", "-m", "chaos", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Run the same faults on other stores and on ours; `-- --write` keeps the table."""
    install(session, "server", package=".")
    release = str(Path(session.create_tmp(), "release"))  # not installed: it has our import name
    session.install("--no-deps", "--target", release, "openai-agents-session==0.1.0")
    session.run("python", "-m", "benchmarks.faults", release, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken link or reference is an error."""
    install(session, "docs", package=".")
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def demo(session: nox.Session) -> None:
    """Run the quickstart: a conversation in both APIs."""
    install(session, package=".[memory]")
    session.run("python", "examples/quickstart.py", *session.posargs)
