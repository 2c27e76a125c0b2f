"""Where the conversations are: the manager, opened when a command first needs it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from .failures import Failed, WrongUsage, reason

if TYPE_CHECKING:
    from openai_agents_session import (
        SessionStats,
        SyncRedisSession,
        SyncRedisSessionManager,
        SyncUserSessions,
    )


class Store:
    """The conversations that the global options name.

    No lifetime is given to any of them: the manager has no ttl.
    """

    def __init__(self, url: str | None, prefix: str | None, user_id: str | None) -> None:
        self.url = url
        self.user_id = user_id
        self._prefix = prefix

    @cached_property
    def prefix(self) -> str:
        """The prefix of all keys."""
        from openai_agents_session import DEFAULT_KEY_PREFIX

        return DEFAULT_KEY_PREFIX if self._prefix is None else self._prefix

    @cached_property
    def manager(self) -> "SyncRedisSessionManager":
        """The manager of all conversations with the prefix."""
        from openai_agents_session import SyncRedisSessionManager

        with _wrong_usage(), _never_in_memory(self.url):
            return SyncRedisSessionManager(url=self.url, key_prefix=self.prefix, ttl=None)

    @cached_property
    def user(self) -> "SyncUserSessions | None":
        """The conversations of the user, or None if no user was named."""
        if self.user_id is None:
            return None
        with _wrong_usage():
            return self.manager.user(self.user_id)

    def needed_user(self, command: str) -> "SyncUserSessions":
        """Return the conversations of the user, without whom a command makes no sense."""
        if self.user is None:
            raise WrongUsage(f"{command} needs --user: it is about the conversations of a user")
        return self.user

    def session(self, session_id: str, ttl: int | None = None) -> "SyncRedisSession":
        """Return a conversation: of the user, if one was named. What it writes gets the ttl."""
        from openai_agents_session import SyncRedisSessionManager

        manager = self.manager
        if ttl is not None:
            manager = SyncRedisSessionManager(manager.client, key_prefix=self.prefix, ttl=ttl)
        with _wrong_usage():
            owner = manager if self.user_id is None else manager.user(self.user_id)
            return owner.session(session_id)

    def stats(self, session_id: str) -> "SessionStats":
        """Return the size of a conversation and its lifetime; its count is 0 if there is none."""
        self.session(session_id)  # refuse a bad id
        return (self.user or self.manager).stats(session_id)

    def needed_stats(self, session_id: str) -> "SessionStats":
        """Return the size of a conversation and its lifetime; fail if there is none."""
        stats = self.stats(session_id)
        if not stats.count:
            raise self.no_such(session_id)
        return stats

    def no_such(self, session_id: str) -> Failed:
        """Return the failure of a command whose conversation does not exist."""
        who = "there is" if self.user_id is None else f"user '{self.user_id}' has"
        return Failed(f"{who} no conversation '{session_id}' {self.where}")

    def nothing(self) -> Failed:
        """Return the failure of a command that finds no conversations at all."""
        whose = "" if self.user_id is None else f" of user '{self.user_id}'"
        what = f"no conversations{whose} under the prefix '{self.prefix}'"
        return Failed(what + self._prefix_hint)

    def holds_nothing_of_user(self) -> bool:
        """Return whether no key is the user's: the index may have lost sight of some."""
        start = re.sub(r"[\\*?\[\]]", r"\\\g<0>", f"{self.prefix}{{{self.user_id}}}")
        return not any(self.manager.client.scan_iter(match=f"{start}*", count=1000))

    @property
    def where(self) -> str:
        """Where a conversation was looked for that is not there, and where else it may be."""
        return f"with the prefix '{self.prefix}'{self._prefix_hint}"

    @property
    def _prefix_hint(self) -> str:
        if self._prefix is not None:
            return ""
        return "; a manager's default prefix is 'session': pass --prefix session"

    def close(self) -> None:
        """Close the manager if it was opened."""
        if "manager" in self.__dict__:
            self.manager.close()


@contextmanager
def _wrong_usage() -> Iterator[None]:
    """Report names and URLs that cannot be used; nothing has been sent yet."""
    try:
        yield
    except ValueError as error:
        raise WrongUsage(reason(error)) from error


@contextmanager
def _never_in_memory(url: str | None) -> Iterator[None]:
    """Have the manager look for Redis, even if the application keeps its sessions in memory."""
    where = os.environ.get("REDIS_URL", "") if url is None else url
    if where.strip().lower().startswith("memory:"):
        raise WrongUsage(
            "conversations in memory belong to the process that made them; name a Redis server"
        )
    enabled = os.environ.get("REDIS_ENABLED")
    os.environ["REDIS_ENABLED"] = "true"
    try:
        yield
    finally:
        if enabled is None:
            del os.environ["REDIS_ENABLED"]
        else:
            os.environ["REDIS_ENABLED"] = enabled
