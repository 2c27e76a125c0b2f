"""Sessions with one fault each, which shows only if their calls are cancelled."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from conformance.example import DictSession

_LOCKS: dict[str, asyncio.Lock] = {}


class StoresPartOfACancelledBatch(DictSession):
    """Batches do not interleave, but their items are stored one by one."""

    async def add_items(self, items: list[Any]) -> None:
        json.dumps(items)
        async with _LOCKS.setdefault(self.session_id, asyncio.Lock()):
            for item in items:
                await super().add_items([item])
                await asyncio.sleep(0)


class LosesItemsOfCancelledPops(DictSession):
    async def pop_item(self) -> Any:
        item = await super().pop_item()
        await asyncio.sleep(0)
        return item


class PutsBackAtTheEnd(DictSession):
    async def pop_item(self) -> Any:
        item = await super().pop_item()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            await super().add_items([] if item is None else [item])
            raise
        return item


class AnswersTheNextRead(DictSession):
    """A cancelled read leaves its answer, which the next one takes for its own."""

    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.answers: list[Any] = []

    async def get_items(self, limit: int | None = None) -> list[Any]:
        self.answers.append(await super().get_items(limit))
        await asyncio.sleep(0)
        answer: list[Any] = self.answers[0]
        self.answers.clear()
        return answer


class HangsAfterACancelledAdd(DictSession):
    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.lock = asyncio.Lock()

    async def add_items(self, items: list[Any]) -> None:
        await self.lock.acquire()
        await asyncio.sleep(0)
        await super().add_items(items)
        self.lock.release()
