"""Random calls of the public methods, for tests that make the same ones through both APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from openai_agents_session import LockHolder

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Arguments = tuple[tuple[Any, ...], dict[str, Any]]

IDS = ("ada", "bob")


class Call(NamedTuple):
    """A method of one of the objects that a script uses, and its arguments."""

    on: str
    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]


class Script(NamedTuple):
    """How the client, sessions and manager are made, and what is called then."""

    client: dict[str, Any]
    session: dict[str, Any]
    other_session: dict[str, Any]
    manager: dict[str, Any]
    calls: list[Call]


def arguments(
    *args: SearchStrategy[Any], **options: SearchStrategy[Any]
) -> SearchStrategy[Arguments]:
    """Draw positional arguments, and options, which may be left out."""
    return st.tuples(st.tuples(*args), st.fixed_dictionaries({}, optional=options))


def _mostly(usual: SearchStrategy[Any], *unusual: object) -> SearchStrategy[Any]:
    """Draw a value that is refused, or out of the ordinary, now and then."""
    return st.sampled_from([usual] * 14 + [st.sampled_from(unusual)]).flatmap(lambda drawn: drawn)


NOTHING = arguments()

TEXT = st.text(st.characters(codec=None), max_size=8)  # lone surrogates included
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system"]), "content": TEXT}
)
ITEM = _mostly(
    st.one_of(MESSAGE, MESSAGE, st.dictionaries(TEXT, JSON, max_size=3)),
    {"not a number": float("nan")},
    {"too big": float("-inf")},
    {"deep": [{1: "no name"}]},
    {"a set": {1}},
    "a text",
    None,
)
ITEMS = _mostly(st.lists(ITEM, max_size=5), "a text", None, {"role": "user"})
LIMIT = _mostly(st.none() | st.integers(-1, 9), "3", 1.5, 2**70)
SKIP = _mostly(st.integers(0, 5), -1, None, True, 2**70)
KEY = _mostly(st.sampled_from([None, "first", "second"]), "", 5)
TURNS = _mostly(st.integers(0, 3), -1, None, 2**70)
SESSION_ID = _mostly(st.sampled_from(IDS), "", None, "nobody", "}", "\ud800")

METADATA = _mostly(st.none() | st.dictionaries(TEXT, JSON, max_size=2), [], "a text")
CURSOR = _mostly(st.none(), "", 5, "MTph", "OTk5OTk5OTk5OTk5OTk5OTpi")

SESSION = {
    "add_items": arguments(ITEMS, idempotency_key=KEY),
    "append_raw_elements": arguments(
        _mostly(st.lists(st.binary(max_size=5), max_size=3), ["a text"], b"bytes", None),
        at=_mostly(st.integers(0, 3), -1, None),
        expires_in=_mostly(st.sampled_from([None, 7_200]), 0, "1"),
    ),
    "break_lock": arguments(st.just(LockHolder("somebody", None))),
    "clear_session": NOTHING,
    "close": NOTHING,
    "count": NOTHING,
    "expires_in": NOTHING,
    "fork": arguments(SESSION_ID, rewind=TURNS),
    "get_items": arguments(limit=LIMIT, skip=SKIP),
    "key": NOTHING,
    "lock": arguments(blocking_timeout=st.just(0)),
    "lock_holder": NOTHING,
    "ping": NOTHING,
    "pop_item": NOTHING,
    "raw_elements": arguments(
        start=_mostly(st.integers(0, 3), -1, None), count=_mostly(st.integers(0, 5), -1, 2**70)
    ),
    "replace_items": arguments(ITEMS),
    "rewind": arguments(turns=TURNS),
    "turn": arguments(KEY, lease=_mostly(st.just(30), 0, "1", None)),
}
LOCK = {
    "acquire": arguments(blocking=st.just(value=False)),
    "extend": arguments(st.integers(1, 900), replace_ttl=st.booleans()),
    "locked": NOTHING,
    "owned": NOTHING,
    "reacquire": NOTHING,
    "release": NOTHING,
}
MANAGER = {
    "clear_session": arguments(SESSION_ID),
    "close": NOTHING,
    "get_history": arguments(SESSION_ID, limit=LIMIT),
    "session": arguments(SESSION_ID),
    "session_ids": arguments(match=_mostly(st.sampled_from(["*", "a*", "b?b"]), 5)),
    "stats": arguments(SESSION_ID),
    "store_message": arguments(
        SESSION_ID,
        _mostly(st.sampled_from(["user", "assistant"]), "", None),
        _mostly(TEXT, ["a part"], [{"a set": {1}}], 5),
        idempotency_key=KEY,
        metadata=METADATA,
    ),
    "user": arguments(_mostly(st.sampled_from(["alice", "*"]), "", None, "{alice}")),
}
USER = {
    "adopt": arguments(SESSION_ID),
    "count": NOTHING,
    "delete": arguments(SESSION_ID),
    "erase": NOTHING,
    "page": arguments(limit=_mostly(st.integers(1, 3), 0, 1001, True, "3"), cursor=CURSOR),
    "session": arguments(SESSION_ID),
    "sessions": NOTHING,
    "stats": arguments(SESSION_ID),
    "update": arguments(SESSION_ID, title=_mostly(st.none() | TEXT, 5), metadata=METADATA),
}
SERVER = dict.fromkeys(
    [
        "forgets_everything",
        "forgets_its_scripts",
        "holds_another_type",
        "holds_what_is_not_an_item",
        "loses_a_reply",
    ],
    NOTHING,
)

OBJECTS = {
    "session": SESSION,
    "other_session": SESSION,
    "managed_session": SESSION,
    "lock": LOCK,
    "other_lock": LOCK,
    "manager": MANAGER,
    "user": USER,
    "owned_session": SESSION,
    "server": SERVER,
}
_OFTEN = [  # so that there is something to find, and to release
    ("session", "add_items"),
    ("other_session", "add_items"),
    ("manager", "store_message"),
    ("owned_session", "add_items"),
    ("lock", "acquire"),
]
_NAMES = [(on, name) for on, methods in OBJECTS.items() for name in methods]


def _call(method: tuple[str, str]) -> SearchStrategy[Call]:
    on, name = method
    return OBJECTS[on][name].map(lambda drawn: Call(on, name, *drawn))


PREFIX = st.shared(st.sampled_from(["session", "a:b", "{tag}", "caf\u00e9"]), key="prefix")
OPTIONS = {
    "key_prefix": PREFIX,
    # In whole hours: what is left is compared in hours, however slow the machine is.
    "ttl": _mostly(st.sampled_from([None, 7_200, 36_000]), 0, "3600", True),
    "max_items": _mostly(st.none() | st.integers(1, 4), 0, "3"),
    "session_settings": st.sampled_from([None, {"limit": 2}, {"limit": None}]),
}
SCRIPTS = st.builds(
    Script,
    client=st.fixed_dictionaries(
        {"decode_responses": st.booleans(), "protocol": st.sampled_from([2, 3])}
    ),
    session=st.fixed_dictionaries(OPTIONS),
    other_session=st.fixed_dictionaries({}, optional=OPTIONS),
    manager=st.fixed_dictionaries(OPTIONS, optional={"strict": st.booleans()}),
    calls=st.lists(
        st.sampled_from([*_OFTEN * 4, *_NAMES]).flatmap(_call), min_size=10, max_size=20
    ),
)
