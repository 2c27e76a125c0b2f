"""The environment variables of a manager without a client or a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .._arguments import check_ttl
from .urls import MEMORY, read_url

Environment = Mapping[str, str]


class _Default(int):
    """A number that differs from the same number passed by a caller."""


DEFAULT_TTL: Final[int] = _Default(3600)
"""Seconds to live if neither the caller nor the environment gives a number."""

_FLAGS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)


def connection(environment: Environment) -> tuple[str, dict[str, Any]]:
    """Return the URL of Redis, and arguments for its client; the URL takes precedence.

    Raises:
        ValueError: A variable, which it names, cannot be used. Its value is not shown: someone who
            mixes up two variables may have put a password there.
    """
    url = _text(environment, "REDIS_URL")
    if not _enabled(environment, default=url is not None):
        return MEMORY, {}
    options: dict[str, Any] = {}
    if url is None:
        url = "redis://"
        options["host"] = _host(environment)
        options["port"] = _number(environment, "REDIS_PORT", 6379, 1, 65535)
    options["db"] = _number(environment, "REDIS_DB", 0, 0, 2**31 - 1)
    # Not stripped: a password may begin or end in a space.
    options["password"] = environment.get("REDIS_PASSWORD") or None
    try:
        read_url(url, options)
    except ValueError as error:
        raise ValueError(f"REDIS_URL cannot be used: {error}") from None
    return url, options


def overridden(options: Mapping[str, Any], passed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments for a client; what the caller passed replaces the environment's."""
    if passed.get("credential_provider") is not None:
        options = {name: value for name, value in options.items() if name != "password"}
    return {**options, **passed}


def lifetime(environment: Environment) -> int:
    """Return the seconds until an idle conversation expires.

    Raises:
        ValueError: The variable, which it names, is not a number of seconds.
    """
    ttl = _number(environment, "REDIS_TTL", DEFAULT_TTL, 1, 2**63)
    try:
        check_ttl(ttl)
    except ValueError as error:
        raise ValueError(f"REDIS_TTL cannot be used: {error}") from None
    return int(ttl)


def _enabled(environment: Environment, *, default: bool) -> bool:
    text = _text(environment, "REDIS_ENABLED")
    if text is None:
        return default
    if text.lower() not in _FLAGS:
        raise ValueError("REDIS_ENABLED must be true or false")
    return _FLAGS[text.lower()]


def _host(environment: Environment) -> str:
    host = _text(environment, "REDIS_HOST") or "localhost"
    if not set("/@, ").isdisjoint(host):
        raise ValueError("REDIS_HOST must be the name or address of one host; a URL is REDIS_URL")
    return host


def _number(environment: Environment, name: str, default: int, least: int, most: int) -> int:
    text = _text(environment, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most):
        # Kubernetes sets REDIS_PORT for a service of the name "redis".
        hint = ", not an address; set it, or REDIS_URL" if text.startswith("tcp://") else ""
        span = f"{least} or more" if most > 65535 else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number, {span}{hint}")
    return int(text)


def _text(environment: Environment, name: str) -> str | None:
    """Return a variable; an empty one counts as not set."""
    return environment.get(name, "").strip() or None
