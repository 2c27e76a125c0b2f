# Generated from src/openai_agents_session/_async/lease.py by tools/generate.py; edit that file instead.
"""What a turn asks of Redis: its begin, the renewal of its lease, its commit, its release."""

from __future__ import annotations

import os
import socket
import time
from binascii import hexlify
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError, RedisError

from .._blocking import pause
from .._errors import nested_turn, turn_busy, turn_conflict
from .._scripts.answers import answer
from .._scripts.lock import GIVE_UP
from .._scripts.readable import READABLE
from .._scripts.turn import BEGIN, COMMIT, COMMIT_READABLE, RENEW
from .._turn_context import is_inside
from .._turn_records import COMPARED, RECORD_SECONDS, comparison, digests, find
from .draft import SyncDraft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stored_list import SyncStoredList

_MIN_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 0.02, 0.25


class SyncLease:
    """The lease of one turn, which lets no other turn of the conversation run.

    Attributes:
        token: The value of the lock while the turn runs.
        record: What is known of the turn if it was committed before.
    """

    def __init__(self, stored: SyncStoredList, key: bytes, seconds: float, timeout: float) -> None:
        host = socket.gethostname().encode("utf-8", "replace")
        name = hexlify(os.urandom(16))
        self.token = b"turn:%b:%d:%b" % (host, os.getpid(), name)
        self.record: bytes | None = None
        self._stored = stored
        self._delivery = stored.delivery
        self._keys = stored.keys
        self._ttl = stored.ttl or b""
        self._key = key
        self._given_up = stored.keys.receipts + name  # as `_scripts.void` makes it
        self._milliseconds = max(int(seconds * 1000), 1)
        self._timeout = timeout
        self._end = 0.0
        names = self._keys
        self._begin, self._begin_keys = stored.indexed(
            BEGIN, names.history, names.lock, names.turns, self._given_up
        )
        self._commit_script = COMMIT

    def begin(self, limit: int | None, blocking_timeout: float | None) -> SyncDraft:
        """Take the lease and read the conversation, at most its newest `limit` elements.

        Raises:
            TurnBusyError: Another turn, or a lock, held the conversation for too long.
            RuntimeError: The other turn is one that this code runs in.
        """
        started, seconds = time.monotonic(), _MIN_PAUSE_SECONDS
        try:
            state, elements, length = self._delivery.deliver(self._begin_and_read, limit)
        except UnicodeDecodeError:  # it may have begun
            state = self._begin_again()
            elements, length = self._read(limit)
        while state[0] == b"busy":
            if is_inside(state[1]):
                raise nested_turn(self._delivery.subject)
            if blocking_timeout is not None:
                left = started + blocking_timeout - time.monotonic()
                if left <= 0:
                    raise turn_busy(self._delivery.subject, state[1])
                seconds = min(seconds, left)
            pause(seconds)
            seconds = min(seconds * 1.5, _MAX_PAUSE_SECONDS)
            state = self._begin_again()
            if state[0] != b"busy":
                elements, length = self._read(limit)
        if state[0] == b"known":
            self.record = state[1]
        self._end = time.monotonic() + self._timeout
        return SyncDraft(self._delivery.subject, length, elements, self.read_before)

    def find_committed(self, record: bytes, draft: SyncDraft) -> list[bytes]:
        """Return what the conversation still holds of a turn that was committed before."""
        first = draft.length - len(draft.stored(0))
        found = find(record, draft.stored(0), first)
        if found is None and first:
            found = find(record, draft.read(0), 0)
        return found or []

    def renew(self) -> bool:
        """Prolong the lease, up to the timeout of the turn; return whether it is still held."""
        left = int((self._end - time.monotonic()) * 1000)
        if left <= 0:
            return False
        script, keys = self._stored.indexed(RENEW, self._keys.history, self._keys.lock)
        args = (self._ttl, self.token, min(self._milliseconds, left))
        return bool(self._delivery.run(script, *keys, *args))

    def commit(self, draft: SyncDraft, max_items: int | None) -> None:
        """Store what the turn has done, all of it in one step, and give up the lease.

        Raises:
            TurnConflictError: The conversation is no longer the one that the turn has read.
        """
        start = draft.compared_from(COMPARED)
        compared = draft.stored(start)
        head = (
            self._ttl,
            self.token,
            draft.length,
            draft.kept,
            start,
            comparison(compared),
            max_items or 0,
            self._key,
            RECORD_SECONDS,
            digests(draft.added),
        )
        receipt = self._stored.new_receipt()
        state = self._commit(receipt, head, (), draft.added)
        if state[0] == b"send":
            state = self._commit(receipt, head, compared, draft.added)
        if state[0] == b"conflict":
            raise turn_conflict(self._delivery.subject, state[1])

    def release(self) -> None:
        """Give up the lease and store nothing."""
        self._delivery.run(GIVE_UP, self._keys.lock, self._given_up, self.token)

    def release_if_possible(self) -> None:
        """Try once to give up the lease: Redis has just failed to answer many times."""
        with suppress(RedisError):
            self._delivery.send_script(GIVE_UP, self._keys.lock, self._given_up, self.token)

    def read_before(self, position: int) -> list[bytes]:
        """Return the elements before a position."""
        try:
            return self._stored.read_head(position)
        except UnicodeDecodeError:
            return (self._read_readable())[:position]

    def _commit(
        self,
        receipt: bytes,
        head: tuple[bytes | int, ...],
        compared: Sequence[bytes],
        added: Sequence[bytes],
    ) -> Any:
        names = self._keys
        script, keys = self._stored.indexed(
            self._commit_script,
            names.history,
            receipt,
            names.pops,
            names.lock,
            names.turns,
            self._given_up,
        )
        args = (*head, len(compared), *compared, *added)
        return self._delivery.run(script, *keys, *args)

    def _begin_again(self) -> Any:
        return self._delivery.run(self._begin, *self._begin_arguments())

    def _begin_arguments(self) -> tuple[bytes | int, ...]:
        return (*self._begin_keys, self._ttl, self.token, self._milliseconds, self._key)

    def _begin_and_read(self, limit: int | None) -> tuple[Any, list[bytes], int]:
        begin = (*self._begin.by_digest, *self._begin_arguments())
        state, *read = self._delivery.send_together(begin, *self._reading(limit))
        if isinstance(state, NoScriptError):
            begin = (*self._begin.in_full, *self._begin_arguments())
            state, *read = self._delivery.send_together(begin, *self._reading(limit))
        if isinstance(state, Exception):
            raise state
        return (answer(state), *self._consistent(read))

    def _read(self, limit: int | None) -> tuple[list[bytes], int]:
        try:
            replies = self._delivery.call_together(*self._reading(limit))
            return self._consistent(replies)
        except UnicodeDecodeError:
            elements = self._read_readable()
            return elements, len(elements)

    def _read_readable(self) -> list[bytes]:
        """Read everything for a client that decodes it; what it cannot decode is empty then."""
        self._commit_script = COMMIT_READABLE
        elements: list[bytes] = self._delivery.run(READABLE, self._keys.history, 0)
        return elements

    def _reading(self, limit: int | None) -> list[tuple[object, ...]]:
        history = self._keys.history
        if limit is None:
            return [("LRANGE", history, 0, -1)]
        # The length before and after: equal, they tell where the elements are.
        length = ("LLEN", history)
        return [length, ("LRANGE", history, -limit, -1) if limit else length, length]

    def _consistent(self, replies: list[Any]) -> tuple[list[bytes], int]:
        """Return elements, and how many there are of them and before them."""
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        if len(replies) == 1:
            return replies[0], len(replies[0])
        before, elements, after = replies
        if before != after:
            elements = self._stored.read_head(0)
            return elements, len(elements)
        return (elements if isinstance(elements, list) else []), after
