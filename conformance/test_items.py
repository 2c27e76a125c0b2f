"""Every item comes back as it was added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .items import a_turn, expect, message

if TYPE_CHECKING:
    from agents.memory import Session

    from .items import Item


async def _returns(session: Session, item: Item) -> None:
    """Check that an item comes back from reading and from popping."""
    items: list[Item] = [item]
    await session.add_items(items)
    expect(await session.get_items(), items)
    expect(await session.pop_item(), item)


async def _returns_value(session: Session, value: Any) -> None:
    await _returns(session, {"role": "user", "content": "", "value": value})


async def _returns_or_refuses(session: Session, value: Any) -> None:
    """Check that a value is not changed: it comes back, or it is refused and not stored."""
    item: Item = {"role": "user", "content": "", "value": value}
    try:
        await session.add_items([item])
    except Exception:  # noqa: BLE001 - the protocol does not say which error
        expect(await session.get_items(), [])
    else:
        expect(await session.get_items(), [item])
        await session.clear_session()


async def test_kinds_of_items(session: Session) -> None:
    """Messages, tool calls, their outputs and reasoning come back as they were added."""
    await session.add_items(a_turn())
    expect(await session.get_items(), a_turn())
    expect([await session.pop_item() for _ in a_turn()], a_turn()[::-1])


async def test_unknown_fields(session: Session) -> None:
    """Fields that the SDK does not know are kept."""
    named: Item = {"a.b": 1, "$ref": "#/a", "Case": 2, "case": 3, "": 4, "日本": 5}
    await _returns(session, {**message("hello"), "provider_data": {"trace": [1, {"a": named}]}})


async def test_text_of_one_megabyte(session: Session) -> None:
    """A text of one megabyte is kept."""
    await _returns(session, message("0123456789abcdef" * 65536))


async def test_null(session: Session) -> None:
    """A null is kept, and is not the same as a field that is absent."""
    items: list[Item] = [{"role": "user", "content": "one", "id": None}, message("two")]
    await session.add_items(items)
    expect(await session.get_items(), items)
    await session.clear_session()
    await _returns_value(session, [None, {"nested": None}])


async def test_empty_values(session: Session) -> None:
    """Empty texts, lists and objects are kept as they are."""
    await _returns_value(session, ["", [], {}, [[]], {"": {}}])


async def test_booleans_and_integers(session: Session) -> None:
    """Booleans and integers up to 2^53 are kept, and not confused with each other."""
    await _returns_value(session, [True, 1, False, 0, -1, 2**31, 2**53, -(2**53)])


async def test_floats(session: Session) -> None:
    """Floats are kept to the last digit, and whole ones stay floats."""
    await _returns_value(session, [0.1, 1 / 3, 1.0, -0.0, 1e-300, 1.7976931348623157e308, 5e-324])


async def test_unicode(session: Session) -> None:
    """Text of any script is kept, without normalization."""
    texts = [
        "é",
        "e\u0301",
        "日本語",
        "مرحبا",
        "👩\u200d👧",
        "\U0010ffff",
        "\ufeff",
        "\u2028\u2029",
    ]
    await _returns_value(session, texts)


async def test_control_characters(session: Session) -> None:
    """Control characters, NUL included, quotes, backslashes and line ends are kept."""
    await _returns_value(session, ["".join(map(chr, range(32))), "\x7f\x85", '"\\', "\r\n\r"])


async def test_whitespace(session: Session) -> None:
    """Leading and trailing whitespace is kept."""
    await _returns(session, message("  \n\tindented\n\n "))


async def test_deep_nesting(session: Session) -> None:
    """Values that are nested 50 levels deep are kept."""
    value: Any = "bottom"
    for level in range(25):
        value = {"level": level, "inside": [value]}
    await _returns_value(session, value)


async def test_text_that_looks_like_json(session: Session) -> None:
    """Text that looks like JSON, SQL, a number or a date stays text."""
    texts = [
        '{"a": 1}',
        "[]",
        "null",
        "true",
        "1",
        "1.50",
        "'; DROP TABLE a; --",
        "%s {} $1",
        "2024-02-29T12:00:00Z",
        "12:30",
        "yes",
        "~",
    ]
    await _returns_value(session, texts)


async def test_lone_surrogates(session: Session) -> None:
    """A lone surrogate in a text is kept, or its item is refused with an error."""
    for text in ("\ud800", "a\udfffb"):
        await _returns_or_refuses(session, text)


async def test_not_a_number(session: Session) -> None:
    """NaN and infinities, which JSON lacks, are kept, or their item is refused with an error."""
    for number in (float("nan"), float("inf"), float("-inf")):
        await _returns_or_refuses(session, number)


async def test_large_integers(session: Session) -> None:
    """Integers of more than 64 bits are kept, or their item is refused with an error."""
    for number in (2**64, -(2**64), 10**30):
        await _returns_or_refuses(session, number)
