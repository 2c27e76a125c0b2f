"""What kind of failure an error of redis-py is, whichever client or version raised it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,  # noqa: A004  redis-py's own, and what this module is about
    MaxConnectionsError,
    NoPermissionError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,  # noqa: A004
    TryAgainError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LOST = (
    ConnectionError,
    TimeoutError,
    ClusterDownError,
    ClusterError,  # while a slot moves to another node
    RedisClusterException,
    TryAgainError,
)
"""Errors that leave open whether the command was carried out."""

RETRIED = (*LOST, ReadOnlyError)
"""Errors after which a command is sent again."""

_CREDENTIALS = (AuthenticationError, AuthorizationError, AuthenticationWrongNumberOfArgsError)
# A Sentinel client reports what its sentinels said in the text of another error.
_CREDENTIALS_TEXTS = ("WRONGPASS", "NOAUTH", "invalid username-password", "AuthenticationError")
_WAITED_FOR_CONNECTION_TEXTS = ("No connection available",)
_EXHAUSTED_TEXTS = ("Too many connections", *_WAITED_FOR_CONNECTION_TEXTS)
_CONNECTING_TEXTS = (
    " connecting to ",
    "Cluster cannot be connected",
    "No master found for",
    "No slave found for",
    "Connection refused",
)


def rejects_credentials(error: BaseException) -> bool:
    """Return whether Redis, or a sentinel, refused the user name or the password."""
    return any(
        isinstance(cause, _CREDENTIALS) or _says(cause, _CREDENTIALS_TEXTS)
        for cause in _causes(error)
    )


def rejects_certificate(error: BaseException) -> bool:
    """Return whether a TLS connection failed for a reason that time does not change."""
    return any(
        isinstance(cause, ssl.SSLCertVerificationError)
        or _says(cause, ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed"))
        for cause in _causes(error)
    )


def is_pool_exhausted(error: BaseException) -> bool:
    """Return whether the client had no free connection left."""
    return isinstance(error, MaxConnectionsError) or _says(error, _EXHAUSTED_TEXTS)


def has_waited_for_connection(error: BaseException) -> bool:
    """Return whether the client waited for a free connection as long as its pool allows."""
    return _says(error, _WAITED_FOR_CONNECTION_TEXTS)


def is_slot_moving(error: BaseException) -> bool:
    """Return whether keys of a slot are on their way to another node, which takes a while."""
    return isinstance(error, TryAgainError) or _says(error, ("TTL exhausted",))


def is_broken(error: BaseException) -> bool:
    """Return whether a connection broke in use, as opposed to one that could not be made."""
    is_other = is_connecting(error) or is_pool_exhausted(error)
    return isinstance(error, ConnectionError) and not is_other


def is_redirection(error: BaseException) -> bool:
    """Return whether a cluster sent a client elsewhere that knows of no cluster."""
    return isinstance(error, AskError) or str(error).startswith(("MOVED ", "ASK "))


def is_connecting(error: BaseException) -> bool:
    """Return whether no connection could be made, as opposed to one that broke."""
    return _says(error, _CONNECTING_TEXTS)


def refuses_writes(error: ResponseError) -> bool:
    """Return whether a server that can still be read refused a write."""
    return isinstance(error, (ReadOnlyError, NoPermissionError)) or str(error).startswith(
        ("NOREPLICAS", "MISCONF")
    )


def _says(error: BaseException, texts: tuple[str, ...]) -> bool:
    said = str(error)
    return any(text in said for text in texts)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it; a chain may be a circle."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
