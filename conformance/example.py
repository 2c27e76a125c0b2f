"""A session that keeps conversations in this process, and meets every requirement.

Test it with `python -m pytest conformance --session=conformance.example:DictSession`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents import TResponseInputItem
    from agents.memory import SessionSettings

_STORED: dict[str, list[str]] = {}


class DictSession:
    """A conversation in a dict that all sessions of the process share.

    Items are stored as JSON, so that callers share nothing with the dict.
    """

    session_settings: SessionSettings | None = None

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.stored = _STORED

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """Return the newest `limit` items, oldest first."""
        if limit is None and self.session_settings is not None:
            limit = self.session_settings.limit
        texts = self.stored.get(self.session_id, [])
        if limit is not None:
            texts = texts[-limit:] if limit > 0 else []
        return [json.loads(text) for text in texts]

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Add a batch; nothing is stored if one of its items is not JSON."""
        texts = [json.dumps(item) for item in items]
        self.stored.setdefault(self.session_id, []).extend(texts)

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove and return the newest item, or None."""
        texts = self.stored.get(self.session_id)
        item: TResponseInputItem | None = json.loads(texts.pop()) if texts else None
        return item

    async def clear_session(self) -> None:
        """Remove all items."""
        self.stored.pop(self.session_id, None)
