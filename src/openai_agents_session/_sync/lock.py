# Generated from src/openai_agents_session/_async/lock.py by tools/generate.py; edit that file instead.
"""The lock of a conversation: redis-py's own, sent through the one door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from redis.exceptions import LockNotOwnedError, RedisError

from .._blocking import Lock, settle
from .._scripts.lock import ACQUIRE, EXTEND, GIVE_UP, RELEASE

if TYPE_CHECKING:
    from .._keys import SessionKeys
    from .delivery import SyncDelivery


class SyncSessionLock(Lock):
    """A lock whose calls happen once, and that may be released in another thread.

    redis-py's own takes a lost reply for a refusal: its holder then waits for itself.
    """

    def __init__(
        self,
        delivery: SyncDelivery,
        keys: SessionKeys,
        timeout: float | None,
        sleep: float,
        blocking_timeout: float | None,
    ) -> None:
        self._delivery = delivery
        self._keys = keys
        super().__init__(
            cast("Any", delivery.client),
            cast("Any", keys.lock),
            timeout=timeout,
            sleep=sleep,
            blocking_timeout=blocking_timeout,
            thread_local=False,
        )

    def register_scripts(self) -> None:
        """Do nothing: these scripts are run through the door."""

    def do_acquire(self, token: str | bytes) -> bool:
        """Take the lock if it is free; an interrupted attempt gives it back."""
        keys = (self._keys.lock, self._keys.new_receipt())
        milliseconds = _milliseconds(self.timeout)
        try:
            return bool(self._delivery.run(ACQUIRE, *keys, cast("Any", token), milliseconds))
        except (RedisError, GeneratorExit):
            raise
        except BaseException:
            settle(lambda: self._delivery.run(GIVE_UP, *keys, cast("Any", token)))
            raise

    def release(self) -> None:
        """Free the lock, even if the caller is interrupted; until it is free, it stays known."""
        token = self.local.token
        if token is None:
            super().release()  # it raises
            return
        try:
            self.do_release(token)
        except LockNotOwnedError:
            self.local.token = None
            raise
        except (RedisError, GeneratorExit):
            raise
        except BaseException:
            if settle(lambda: self._run(RELEASE, token)):
                self.local.token = None
            raise
        self.local.token = None

    def do_release(self, expected_token: str | bytes) -> None:
        """Free the lock."""
        if not self._run(RELEASE, expected_token):
            raise LockNotOwnedError("Cannot release a lock that's no longer owned")

    def do_extend(self, additional_time: float, replace_ttl: bool) -> Literal[True]:
        """Let the lock live longer, or for this time from now on."""
        return self._prolong(additional_time, replace=replace_ttl)

    def do_reacquire(self) -> Literal[True]:
        """Let the lock live for its whole timeout again."""
        return self._prolong(self.timeout, replace=True)

    def locked(self) -> bool:
        """Return whether anybody holds the lock."""
        return self._holder() is not None

    def owned(self) -> bool:
        """Return whether this object holds the lock."""
        return self.local.token is not None and self._holder() == self.local.token

    def _prolong(self, seconds: float | None, *, replace: bool) -> Literal[True]:
        milliseconds = _milliseconds(seconds)
        if not self._run(EXTEND, self.local.token, milliseconds, int(replace)):
            raise LockNotOwnedError("Cannot extend a lock that's no longer owned")
        return True

    def _holder(self) -> bytes | None:
        holder: bytes | None = self._delivery.call("GET", self._keys.lock)
        return holder

    def _run(self, script: Any, *args: Any) -> Any:
        keys = (self._keys.lock, self._keys.new_receipt())
        return self._delivery.run(script, *keys, *args)


def _milliseconds(seconds: float | None) -> int:
    return max(int(seconds * 1000), 1) if seconds else 0
