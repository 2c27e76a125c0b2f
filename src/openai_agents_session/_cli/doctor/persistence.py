"""The persistence: what survives a crash, and whether saving works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .finding import Finding, ok, problem, unknown, warning
from .node import said, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .node import Node
    from .servers import Servers

CHECK = "persistence"

_USE_AOF = "set appendonly yes, and write it to the server's configuration file"
_LOOK = "look at the server's log, and at the free space and the rights of its data directory"


def check(servers: Servers) -> Iterator[Finding]:
    """Check every server."""
    yield from servers.on_every_node(_check_node)


def _check_node(servers: Servers, node: Node) -> Iterator[Finding]:
    refused = servers.write_error(node, "MISCONF")
    if refused is not None:
        yield problem(
            CHECK, f"Redis refuses every change, because it cannot save: {said(refused)}", _LOOK
        )
    elif node.info is None:
        yield unknown(
            CHECK,
            "INFO is denied, so it is not known whether conversations survive a restart",
            "run doctor as a user that may run INFO, or look at appendonly and save yourself",
        )
    else:
        yield from judge(node.info, node.config)


def judge(info: dict[str, Any], config: Callable[[str], str | None]) -> Iterator[Finding]:
    """Judge what INFO and CONFIG say."""
    has_aof = bool(info.get("aof_enabled"))
    failed = [name for name in ("aof_last_write_status", "aof_last_bgrewrite_status") if has_aof]
    failed = [name for name in (*failed, "rdb_last_bgsave_status") if text(info.get(name)) == "err"]
    for name in failed:
        is_harmless = has_aof and name != "aof_last_write_status"
        judged = warning if is_harmless else problem
        yield judged(CHECK, f"the last attempt to save failed ({name} is err)", _LOOK)
    if not failed:
        yield _judge_kind(config, info, has_aof=has_aof)


def _judge_kind(
    config: Callable[[str], str | None], info: dict[str, Any], *, has_aof: bool
) -> Finding:
    if has_aof:
        return _judge_fsync(config("appendfsync"))
    save = config("save")
    if save is None and not info.get("rdb_saves"):
        return unknown(
            CHECK,
            "there is no append-only file, and CONFIG is denied, so it is not known whether "
            "snapshots are saved",
            _USE_AOF,
        )
    if save == "":
        return warning(
            CHECK, "nothing is saved: a restart of the server loses all conversations", _USE_AOF
        )
    return warning(
        CHECK,
        "only snapshots are saved: a crash loses what was stored since the last one",
        _USE_AOF,
    )


def _judge_fsync(policy: str | None) -> Finding:
    if policy == "no":
        return warning(
            CHECK,
            "there is an append-only file, but appendfsync is no: a crash of the host loses what "
            "the operating system has not written yet, often half a minute",
            "set appendfsync everysec, or always",
        )
    return ok(CHECK, f"there is an append-only file{f', appendfsync {policy}' if policy else ''}")
