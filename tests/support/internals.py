"""Behind the public API: everything private that tests of behaviour use, in one place.

Tests of one unit by itself import that unit; all others come here.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    import pytest

_PACKAGE = "openai_agents_session"


def _module(name: str) -> Any:
    return import_module(f"{_PACKAGE}.{name}")


RETRY_SECONDS: float = _module("_retries").RETRY_SECONDS
MAX_WORKER_THREADS: int = _module("_sdk.threaded").MAX_WORKER_THREADS


def script(name: str) -> Any:
    """Return a Lua script by its name: `add.ADD`."""
    module, _, constant = name.partition(".")
    return getattr(_module(f"_scripts.{module}"), constant)


def use_workers(patch: pytest.MonkeyPatch, workers: ThreadPoolExecutor | None) -> None:
    """Run the calls of threaded sessions in these threads, or in new ones for None."""
    patch.setattr(_module("_sdk.threaded")._workers, "_made", workers)


@contextmanager
def as_in_a_child() -> Iterator[None]:
    """Run the block as the child of a fork that was made while another thread had the lock."""
    workers = _module("_sdk.threaded")._workers
    with workers._lock:
        workers._forget()
        yield
    workers.get().shutdown()


def give_up_at_once(patch: pytest.MonkeyPatch, seconds: float = 0.0) -> None:
    """Hardly try a call again: for what is said then, not for how long it takes."""
    patch.setattr(_module("_retries"), "RETRY_SECONDS", seconds)


def plant(patch: pytest.MonkeyPatch, module: str, name: str, source: str) -> None:
    """Replace a script of both trees."""
    planted = _module("_scripts.frame").Script(source)
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.{module}"), name, planted)


def replace_decoding(patch: pytest.MonkeyPatch, decode: Callable[[Any], Any]) -> None:
    """Do something else when an item that was popped is decoded."""
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.conversation"), "decode_element", decode)


def share_connection_without_lock(patch: pytest.MonkeyPatch) -> None:
    """Take every client for one whose single connection has no lock, as before redis-py 6."""
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.turn"), "is_unlocked", lambda client: True)


def list_small_pages(patch: pytest.MonkeyPatch, count: int) -> None:
    """Look at so many keys in each request of a listing."""
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.listing"), "_COUNT", count)


def settle_briefly(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let a cancelled call wait only so long for what it began."""
    patch.setattr(_module("_settling"), "SETTLE_SECONDS", seconds)


def replace_pause(patch: pytest.MonkeyPatch, pause: Callable[[float], Any]) -> None:
    """Do something else between two attempts at a call; in the API that the test is for."""
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.delivery"), "pause", pause)


def replace_retry(patch: pytest.MonkeyPatch, retry: type) -> None:
    """Make clients with another class for their retries."""
    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.clients"), "Retry", retry)


def client_of(user: Any) -> Any:
    """Return the client of a session or manager."""
    return user._transport


def stored_list(session: Any) -> Any:
    """Return the list of a session, whose methods take receipts and encoded items."""
    return session._stored


def set_view(session: Any, view: Callable[[Any], Any] | None) -> None:
    """Change how a session shows its items."""
    session._conversation.view = view


def read_tail(session: Any, limit: int) -> Any:
    """Read the end of a conversation, to be replaced; to be awaited in the async API."""
    return session._read_tail(limit)


def new_pop(session: Any) -> Any:
    """Return a pop that has yet to be made."""
    stored = stored_list(session)
    tree, _, _ = type(stored).__module__.removeprefix(f"{_PACKAGE}.").partition(".")
    prefix = tree.removeprefix("_").capitalize()
    return getattr(_module(f"{tree}.pop"), f"{prefix}Pop")(stored, stored.new_receipt())


def fail_to_remove(patch: pytest.MonkeyPatch) -> None:
    """Let the removal of a conversation that was copied fail."""

    def fail(*_: Any) -> None:
        raise ConnectionError("planted")

    for tree in ("_async", "_sync"):
        patch.setattr(_module(f"{tree}.adoption"), "_remove", fail)


def before_removal(patch: pytest.MonkeyPatch, change: Callable[[], Any], times: int = 1) -> None:
    """Do something between the copying of a conversation and its removal, so many times."""
    left = [times]

    def wants_change() -> bool:
        left[0] -= 1
        return left[0] >= 0

    def remove_awaited(original: Any) -> Any:
        async def remove(*args: Any) -> Any:
            if wants_change():
                await change()
            return await original(*args)

        return remove

    def remove_blocking(original: Any) -> Any:
        def remove(*args: Any) -> Any:
            if wants_change():
                change()
            return original(*args)

        return remove

    for tree, around in (("_async", remove_awaited), ("_sync", remove_blocking)):
        module = _module(f"{tree}.adoption")
        patch.setattr(module, "_remove", around(module._remove))


def command_line() -> Any:
    """Return the command line as typer's runner for tests takes it."""
    return _module("_cli.app").app


def command_line_client(url: str | None) -> Any:
    """Return the client that the command line makes for a URL."""
    return _module("_cli.store").Store(url, None, None).manager.client


def pattern_of_glob(glob: str) -> re.Pattern[str]:
    """Return what finds the ids of a user's conversations."""
    pattern: re.Pattern[str] = _module("_cli.globs").glob_pattern(glob)
    return pattern
