"""What belongs to a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .items import expect, message, messages
from .sessions import new_id

if TYPE_CHECKING:
    from agents.memory import Session

    from .items import Item
    from .sessions import Sessions


async def test_ids_are_isolated(sessions: Sessions) -> None:
    """Sessions with different ids do not see each other's items."""
    one, other = await sessions.open(), await sessions.open()
    await one.add_items(messages(2))
    expect(await other.get_items(), [])
    await other.add_items(messages(3, first=2))
    expect(await one.get_items(), messages(2))
    expect(await other.get_items(), messages(3, first=2))


async def test_pops_are_isolated(sessions: Sessions) -> None:
    """A pop takes items only from its own session."""
    one, other = await sessions.open(), await sessions.open()
    await one.add_items(messages(2))
    expect(await other.pop_item(), None)
    await other.add_items(messages(1, first=2))
    expect(await one.pop_item(), messages(2)[-1])
    expect(await other.get_items(), messages(1, first=2))


async def test_clearing_is_isolated(sessions: Sessions) -> None:
    """Clearing a session leaves other sessions alone."""
    one, other = await sessions.open(), await sessions.open()
    await one.add_items(messages(2))
    await other.add_items(messages(3))
    await one.clear_session()
    expect(await other.get_items(), messages(3))


async def test_similar_ids(sessions: Sessions) -> None:
    """Similar ids are different: prefixes of each other, or in upper and lower case."""
    base = new_id()
    ids = [base, f"{base}-1", f"{base}:1", base.upper(), base[:-1], f"{base}%", f"{base}_"]
    opened = [await sessions.open(session_id) for session_id in ids]
    for session in opened:
        await session.add_items([message(session.session_id)])
    for session in opened:
        expect(await session.get_items(), [message(session.session_id)])
    await opened[0].clear_session()
    for session in opened[1:]:
        expect(await session.get_items(), [message(session.session_id)])


async def test_unusual_ids(sessions: Sessions) -> None:
    """Ids with spaces, slashes, letters of any script or many characters differ, or are refused."""
    base = new_id()
    ends = [
        "",
        " ",
        "/1",
        ".1",
        f"/../{base}",
        "é",
        "e\u0301",
        "日",
        "本",
        "-" * 80 + "1",
        "-" * 80 + "2",
    ]
    added = []
    for end in ends:
        try:
            session = await sessions.open(base + end)
            await session.add_items([message(end)])
        except Exception:  # noqa: BLE001, S112 - the protocol does not say which error
            continue
        added.append((session, end))
    for session, end in added:
        expect(await session.get_items(), [message(end)])


async def test_id_is_shared(sessions: Sessions) -> None:
    """Two objects with the same id are the same session."""
    session_id = new_id()
    one, other = await sessions.open(session_id), await sessions.open(session_id)
    await one.add_items(messages(2))
    await _expect_both(one, other, messages(2))
    await other.add_items(messages(2, first=2))
    await _expect_both(one, other, messages(4))
    expect(await one.pop_item(), messages(4)[-1])
    await _expect_both(one, other, messages(3))
    expect(await other.pop_item(), messages(3)[-1])
    await other.clear_session()
    await _expect_both(one, other, [])


async def _expect_both(one: Session, other: Session, items: list[Item]) -> None:
    """Read from both, so that neither can answer with what it has read before."""
    __tracebackhide__ = True
    expect(await one.get_items(), items)
    expect(await other.get_items(), items)


async def test_items_outlive_their_object(sessions: Sessions) -> None:
    """An object that is made later finds what is stored under its id."""
    session_id = new_id()
    session = await sessions.open(session_id)
    await session.add_items(messages(3))
    later = await sessions.open(session_id)
    expect(await later.get_items(), messages(3))
    expect(await later.pop_item(), messages(3)[-1])
