"""All checks of `doctor`, and the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import NoPermissionError

from . import (
    connection,
    eviction,
    index,
    latency,
    persistence,
    replication,
    rights,
    stored,
    topology,
)
from .finding import Finding, unknown
from .node import FAILURES, said
from .target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_agents_session import SyncRedisSessionManager

    Check = Callable[[Target], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "connection": connection.check,
    "topology": topology.check,
    "rights": rights.check,
    "latency": latency.check,
    "persistence": persistence.check,
    "eviction": eviction.check,
    "replication": replication.check,
    "types": stored.check_types,
    "names": stored.check_names,
    "lifetimes": stored.check_lifetimes,
    "locks": stored.check_locks,
}
"""The checks, by their names."""

USER_CHECKS: dict[str, Check] = {"index": index.check}
"""The checks of the conversations of a user."""


def examine(
    manager: SyncRedisSessionManager, key_prefix: str, user: str | None = None
) -> Iterator[Finding]:
    """Yield the findings: at least one for each check.

    If Redis cannot be reached, that is the only finding.

    Args:
        manager: The manager whose Redis is examined.
        key_prefix: Its key prefix.
        user: The user whose conversations are examined; None for those without a user.
    """
    target = Target(manager, key_prefix, user)
    failure = connection.unreachable(target)
    if failure is not None:
        yield failure
        return
    for name, check in (CHECKS | (USER_CHECKS if user is not None else {})).items():
        yield from _attempted(name, check, target)


def _attempted(name: str, check: Check, target: Target) -> Iterator[Finding]:
    try:
        yield from check(target)
    except NoPermissionError as error:
        yield unknown(
            name,
            f"this cannot be checked: {said(error)}",
            "grant this right, or run doctor as a user that has it",
        )
    except FAILURES as error:
        yield unknown(
            name,
            f"this could not be checked: {said(error)}",
            "fix the other problems, and run doctor again",
        )
