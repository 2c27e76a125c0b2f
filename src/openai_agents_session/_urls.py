"""What a client that a session makes for itself is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URL = "redis://localhost:6379"

# redis-py sets timeouts by default only since 8.0: without one, a silent server is waited for
# for ever.
_DEFAULTS: Mapping[str, Any] = {"socket_timeout": 5.0, "health_check_interval": 30}
_TCP_DEFAULTS: Mapping[str, Any] = {"socket_connect_timeout": 5.0, "socket_keepalive": True}


def client_options(url: str, redis_kwargs: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the keyword arguments for redis-py's `from_url`: what was passed, over defaults.

    Raises:
        TypeError: The URL is not a string.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a string, not {type(url).__name__}")
    tcp = {} if url.startswith("unix://") else _TCP_DEFAULTS
    return {**_DEFAULTS, **tcp, **(redis_kwargs or {})}
