"""Sessions with one fault each, which the conformance suite has to find."""

from __future__ import annotations

import asyncio
import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from conformance.example import DictSession

if TYPE_CHECKING:
    from collections.abc import Callable

_OBJECTS: dict[str, list[Any]] = {}


class LosesAnItem(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        await super().add_items(items[:10])


class NewestFirst(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        return (await super().get_items(limit))[::-1]


class BatchesInFront(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        before = self.stored.pop(self.session_id, [])
        await super().add_items(items)
        self.stored[self.session_id] += before


class ZeroIsNoLimit(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        return (await super().get_items())[-(limit or 10**9) :]


class NegativeIsNoLimit(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        return await super().get_items(10**9 if limit is not None and limit < 0 else limit)


class LimitFromTheOldest(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        items = await super().get_items()
        return items if limit is None else items[: max(limit, 0)]


class IgnoresItsSettings(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        return await super().get_items(10**9 if limit is None else limit)


class _Objects(DictSession):
    """Stores objects instead of JSON, as `going_in` and `coming_out` copy them."""

    going_in: Callable[[Any], Any] = staticmethod(deepcopy)
    coming_out: Callable[[Any], Any] = staticmethod(deepcopy)

    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.objects = _OBJECTS

    async def get_items(self, limit: int | None = None) -> list[Any]:
        if limit is None and self.session_settings:
            limit = self.session_settings.limit
        items = self.objects.get(self.session_id, [])
        chosen = items if limit is None else items[-limit:] if limit > 0 else []
        return [self.coming_out(item) for item in chosen]

    async def add_items(self, items: list[Any]) -> None:
        added = [self.going_in(item) for item in items]
        self.objects.setdefault(self.session_id, []).extend(added)

    async def pop_item(self) -> Any:
        items = self.objects.get(self.session_id)
        return items.pop() if items else None

    async def clear_session(self) -> None:
        self.objects.pop(self.session_id, None)


class Copies(_Objects):
    """No fault: it copies objects in both directions."""


class SharesWhatItReturns(_Objects):
    coming_out = staticmethod(lambda item: item)


class SharesWhatWasAdded(_Objects):
    going_in = staticmethod(lambda item: item)


class SwallowsErrors(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        try:
            await super().add_items(items)
        except TypeError:
            return


class StoresPartOfABadBatch(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        for item in items:
            await super().add_items([item])


class PopsTheOldest(DictSession):
    async def pop_item(self) -> Any:
        texts = self.stored.get(self.session_id)
        return json.loads(texts.pop(0)) if texts else None


class PopRaisesIfEmpty(DictSession):
    async def pop_item(self) -> Any:
        return json.loads(self.stored.get(self.session_id, []).pop())


class PopRemovesNothing(DictSession):
    async def pop_item(self) -> Any:
        items = await super().get_items()
        return items[-1] if items else None


class ClearLeavesOne(DictSession):
    async def clear_session(self) -> None:
        del self.stored.get(self.session_id, [])[1:]


class DropsEqualItems(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        stored = await super().get_items()
        await super().add_items([item for item in items if item not in stored])


class OneForAllIds(DictSession):
    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.stored = {session_id: self.stored.setdefault("everyone", [])}


class NothingIsShared(DictSession):
    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.stored = {}


class LowerCaseIds(DictSession):
    def __init__(self, session_id: str) -> None:
        super().__init__(session_id.lower())


class ShortIds(DictSession):
    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        if len(session_id) > 60:
            self.stored = {session_id: self.stored.setdefault(session_id[:60], [])}


class RemembersWhatItHasRead(DictSession):
    """It reads again only after a change of its own."""

    read: list[Any] | None = None

    async def get_items(self, limit: int | None = None) -> list[Any]:
        if limit is not None or self.session_settings is not None:
            return await super().get_items(limit)
        self.read = await super().get_items() if self.read is None else self.read
        return deepcopy(self.read)

    async def add_items(self, items: list[Any]) -> None:
        self.read = None
        await super().add_items(items)

    async def pop_item(self) -> Any:
        self.read = None
        return await super().pop_item()

    async def clear_session(self) -> None:
        self.read = None
        await super().clear_session()


class OneItemForEachId(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        json.dumps(items)
        for item in items:
            known = [other.get("id") for other in await super().get_items(10**9)]
            if item.get("id") is None or item["id"] not in known:
                await super().add_items([item])


class LimitCountsTurns(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        items = await super().get_items(None if limit is None else 10**9)
        if limit is None:
            return items
        starts = [n for n, item in enumerate(items) if item.get("role") == "user"]
        return items[starts[-min(limit, len(starts))] :] if limit > 0 and starts else []


class ParsesDates(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        text = json.dumps(await super().get_items(limit))
        items: list[Any] = json.loads(re.sub(r"(\d{4}-\d\d-\d\d)T", r"\1 ", text))
        return items


class ReplacesDotsInNames(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        text = json.dumps(await super().get_items(limit))
        items: list[Any] = json.loads(re.sub(r'"(\w)\.(\w)":', r'"\1_\2":', text))
        return items


class DropsNulls(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        kept: list[Any] = [{k: v for k, v in item.items() if v is not None} for item in items]
        await super().add_items(kept)


class CutsLongTexts(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        cut: list[Any] = [
            {k: v[:65535] if isinstance(v, str) else v for k, v in i.items()} for i in items
        ]
        await super().add_items(cut)


class LosesSurrogates(DictSession):
    async def get_items(self, limit: int | None = None) -> list[Any]:
        text = json.dumps(await super().get_items(limit), ensure_ascii=False)
        items: list[Any] = json.loads(text.encode("utf-8", "replace"))
        return items


class BatchesInterleave(DictSession):
    async def add_items(self, items: list[Any]) -> None:
        json.dumps(items)
        for item in items:
            await super().add_items([item])
            await asyncio.sleep(0)


class PopsTwice(DictSession):
    async def pop_item(self) -> Any:
        items = await super().get_items(1)
        await asyncio.sleep(0)
        await super().pop_item()
        return items[0] if items else None
