"""The text of every error about a call that failed: what happened, for which key, what to do."""

from __future__ import annotations

from typing import NamedTuple

from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,  # noqa: A004  redis-py's own
    LockError,
    MovedError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,  # noqa: A004
    TryAgainError,
    WatchError,
)

from . import _failures, _observer
from ._compat import without_clients

_CLUSTER = (ClusterDownError, ClusterError, RedisClusterException, TryAgainError)

_NO_ANSWER = (ConnectionError, TimeoutError)


class _Text(NamedTuple):
    """What is said of one kind of failure, and the class of the error that says it."""

    kind: type[Exception]
    happened: str
    cure: str


_CREDENTIALS = _Text(
    AuthenticationError,
    "Redis rejected the credentials for {subject}",
    "check the user name and password",
)
_CERTIFICATE = _Text(
    ConnectionError,
    "the TLS connection to Redis failed for {subject}",
    "check the certificates (ssl_ca_certs, ssl_check_hostname)",
)
_EXHAUSTED = _Text(
    ConnectionError,
    "no free connection for {subject}",
    "raise max_connections of the client's pool, or make fewer calls at the same time",
)
_REDIRECTED = _Text(
    ResponseError,
    "{subject} belongs to a Redis Cluster, but this client is not a cluster client",
    "use RedisCluster, or a redis+cluster:// URL",
)
_REPLICA = _Text(
    ReadOnlyError,
    "Redis refused to write {subject}, because it is a replica",
    "connect to the primary, or through Sentinel",
)
_UNREACHABLE = _Text(
    ConnectionError,
    "cannot connect to Redis for {subject}",
    "check that the server is running and that the address is right",
)
_SILENT = _Text(
    TimeoutError,
    "Redis did not answer in time for {subject}",
    "check the server and the network, or raise socket_timeout",
)
_CLUSTER_DOWN = _Text(
    ConnectionError,
    "the Redis Cluster could not serve {subject}",
    "check the state of its slots with CLUSTER INFO",
)
_LOST = _Text(
    ConnectionError,
    "lost the connection to Redis for {subject}",
    "check the server and the network; if the call was to change something, it may have done so",
)


def explained(error: Exception, subject: str) -> Exception:
    """Return an error that names what it is about and leads to the cure.

    Args:
        error: What redis-py raised; it belongs in `__cause__` of what is returned.
        subject: What the call was about, such as "session key 'a'".
    """
    kind, happened, cure = _text_for(error)
    if kind in _NO_ANSWER and isinstance(error, _NO_ANSWER):
        kind = type(error)  # so that what caught it before still catches it
    happened = happened.format(subject=subject)
    detail = without_clients(str(error)) or type(error).__name__
    if isinstance(error, AskError):
        word = "MOVED" if isinstance(error, MovedError) else "ASK"  # redis-py leaves it out
        detail = f"{word} {detail}"
    return kind(f"{happened}: {detail.rstrip('.')}; {cure}")


def cause_of(error: BaseException) -> str:
    """Describe what went wrong, without what an error may quote: a conversation, or a password."""
    cause = error.__cause__ or error
    text = without_clients(str(cause)).partition(", with args beginning with:")[0]
    return f"{type(cause).__name__}: {text}"


def _text_for(error: Exception) -> _Text:
    if _failures.is_redirection(error):
        return _REDIRECTED
    if _failures.rejects_credentials(error):
        return _CREDENTIALS
    if _failures.rejects_certificate(error):
        return _CERTIFICATE
    if _failures.is_pool_exhausted(error):
        return _EXHAUSTED
    if isinstance(error, ReadOnlyError):
        return _REPLICA
    if _failures.is_connecting(error):
        return _UNREACHABLE
    if isinstance(error, TimeoutError):
        return _SILENT
    return _CLUSTER_DOWN if isinstance(error, _CLUSTER) else _LOST


class TurnBusyError(LockError):
    """Another turn of the conversation is running, or somebody holds its lock."""

    __module__ = "openai_agents_session"


class TurnConflictError(WatchError):
    """A turn was not stored, because the conversation is no longer the one that it has read."""

    __module__ = "openai_agents_session"


_CONFLICTS = {
    b"cleared": "the conversation was cleared while the turn ran",
    b"taken": "another turn holds its lease",
    b"known": "a turn with its key was stored in the meantime",
    b"lost": "the lease was lost, and something was added to the conversation",
    b"changed": "the conversation no longer holds what the turn has read",
}


def turn_busy(subject: str, holder: bytes) -> TurnBusyError:
    """Return the error of a turn that could not begin in time."""
    kind, *where = holder.decode("utf-8", "replace").split(":")
    by = f"a turn of process {where[-2]} on {where[0]}" if kind == "turn" else "a lock"
    return TurnBusyError(
        f"{subject} is held by {by}; try again later, or wait longer with "
        "blocking_timeout. A killed process frees it after its lease, 30 seconds by default"
    )


def turn_conflict(subject: str, why: bytes) -> TurnConflictError:
    """Return the error of a turn that could not be stored, which is reported."""
    _observer.count("conflicts")
    return TurnConflictError(
        f"the turn of {subject} was not stored: {_CONFLICTS[why]}; run the turn again"
    )


def both_exist(source: str, target: str) -> ValueError:
    """Return the error of a conversation that cannot be adopted."""
    return ValueError(
        f"{source} and {target} both exist, and neither was changed; delete or fork one of them "
        "first"
    )


def repeated_turn(subject: str) -> RuntimeError:
    """Return the error of adding to a turn that was committed before."""
    return RuntimeError(
        f"{subject}: this turn was committed before; check turn.repeated, and do not run it again"
    )


def nested_turn(subject: str) -> RuntimeError:
    """Return the error of a turn that would wait for itself."""
    return RuntimeError(
        f"{subject}: a turn was begun inside a turn of the same conversation, for which it would "
        "wait forever; use the outer one"
    )
