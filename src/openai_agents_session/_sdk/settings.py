"""The SDK's session settings, for which a dict may be passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.memory import SessionSettings

    Settings = SessionSettings | Mapping[str, Any] | None


def sdk_settings(settings: Settings) -> SessionSettings | None:
    """Return settings as the SDK's own type; not every release accepts a dict."""
    if not isinstance(settings, Mapping):
        return settings
    from agents.memory import SessionSettings

    return SessionSettings(**settings)
