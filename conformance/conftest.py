"""The option `--session`, the sessions of a test, and the list of requirements that are not met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .factory import FactoryError, WrongCallError, load_factory
from .sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.memory import Session

    from .factory import Factory

_FACTORY: pytest.StashKey[Factory] = pytest.StashKey()
_USAGE = "python -m pytest conformance --session=module:factory"

# The plugins that the suite needs, and the newest of their settings that it uses.
_PLUGINS = {
    "pytest-asyncio>=0.26": "asyncio_default_test_loop_scope",
    "pytest-timeout": "timeout",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the factory."""
    group = parser.getgroup("conformance", "conformance of sessions")
    group.addoption(
        "--session",
        metavar="MODULE:FACTORY",
        help="what makes the session for an id: factory(session_id), async or not",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Import the factory before any test runs, so that a wrong call is one line."""
    if config.option.help or config.option.collectonly:
        return
    for plugin, setting in _PLUGINS.items():
        if not _is_known(config, setting):
            raise pytest.UsageError(f"{plugin} is missing: pip install '{plugin}'")
    if not (name := config.getoption("session")):
        raise pytest.UsageError(f"--session is missing: {_USAGE}")
    try:
        config.stash[_FACTORY] = load_factory(name)
    except WrongCallError as error:
        raise pytest.UsageError(f"--session={name}: {error}") from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attach each requirement to its test, for reports such as `--junit-xml`."""
    for item in items:
        item.user_properties.append(("requirement", _requirement(item)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the requirements that are not met, in words."""
    reports = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    failed = {report.nodeid: dict(report.user_properties) for report in reports}
    if failed:
        terminalreporter.section("requirements that are not met")
    for nodeid, properties in failed.items():
        terminalreporter.line(f"{properties.get('requirement')} ({nodeid.partition('::')[2]})")


@pytest.fixture
async def sessions(request: pytest.FixtureRequest) -> AsyncIterator[Sessions]:
    """The sessions of one test, cleared and closed when it ends."""
    sessions = Sessions(request.config.stash[_FACTORY])
    yield sessions
    await sessions.close()


@pytest.fixture
async def session(sessions: Sessions) -> Session:
    """An empty session under a new id."""
    return await sessions.open()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Stop if the factory fails, because that says nothing about its sessions."""
    error = call.excinfo and call.excinfo.value
    if isinstance(error, FactoryError):
        name = item.config.getoption("session")
        pytest.exit(f"--session={name}: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
    return (yield)


def _is_known(config: pytest.Config, setting: str) -> bool:
    """Return whether pytest, or a plugin, has a setting."""
    try:
        config.getini(setting)
    except (KeyError, ValueError):
        return False
    return True


def _requirement(item: pytest.Item) -> str:
    documentation = getattr(item, "obj", item).__doc__ or item.name
    return str(documentation).strip().partition("\n")[0]
