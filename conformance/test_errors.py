"""Batches that cannot be stored."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

from .items import expect, message, messages

if TYPE_CHECKING:
    from agents.memory import Session


def _bad_item() -> Any:
    """Return an item that cannot be encoded, pickled or copied."""
    return {**message("bad"), "value": Lock()}


async def test_bad_item_is_refused(session: Session) -> None:
    """An item that cannot be stored raises an error."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - the protocol does not say which
        await session.add_items([_bad_item()])
    expect(await session.get_items(), [])


async def test_bad_batch_stores_nothing(session: Session) -> None:
    """If one item of a batch cannot be stored, none of the batch is."""
    await session.add_items(messages(2))
    for batch in ([*messages(3), _bad_item()], [_bad_item(), *messages(3)]):
        with pytest.raises(Exception):  # noqa: B017, PT011 - the protocol does not say which
            await session.add_items(batch)
        expect(await session.get_items(), messages(2))


async def test_session_works_after_an_error(session: Session) -> None:
    """A session works after it has refused a batch."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - the protocol does not say which
        await session.add_items([_bad_item()])
    await session.add_items(messages(2))
    expect(await session.pop_item(), messages(2)[-1])
    expect(await session.get_items(), messages(1))
