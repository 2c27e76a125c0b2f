"""Which conversations an export holds, and what is known of each.

Those of a user come oldest change first. An import changes them in that order, so that a list of
the user's conversations, the last changed first, is the same afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from .export_format import Conversation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from openai_agents_session import SessionInfo, SyncRedisSession, SyncUserSessions

    from .store import Store


@dataclass(frozen=True)
class Exported:
    """A conversation to be exported, which may be gone.

    Attributes:
        conversation: What is known of it.
        session: Where its elements are.
        named: Whether it was asked for by its id.
    """

    conversation: Conversation
    session: SyncRedisSession
    named: bool = False


def chosen_sessions(store: Store, session_ids: Collection[str]) -> Iterator[Exported]:
    """Yield the conversations with these ids: those of no user in this order."""
    sessions = {session_id: store.session(session_id) for session_id in session_ids}
    known = _infos(store.user, session_ids) if store.user else []
    unknown = sessions.keys() - {info.session_id for info in known}
    for session_id, session in sessions.items():
        if session_id in unknown:
            yield Exported(Conversation(session_id), session, named=True)
    for info in _oldest_change_first(known):
        yield Exported(_known(info), sessions[info.session_id], named=True)


def all_sessions(store: Store) -> Iterator[Exported]:
    """Yield all conversations, each once."""
    if store.user is None:
        for session_id in store.manager.session_ids():
            yield Exported(Conversation(session_id), store.session(session_id))
        return
    for info in _oldest_change_first(_all_infos(store.user)):
        yield Exported(_known(info), store.session(info.session_id))


def _infos(user: SyncUserSessions, session_ids: Collection[str]) -> list[SessionInfo]:
    """Return what is known of these conversations, the last changed first."""
    missing, found = set(session_ids), []
    for info in user.sessions():
        if info.session_id in missing:
            missing.remove(info.session_id)
            found.append(info)
            if not missing:
                break
    return found


def _all_infos(user: SyncUserSessions) -> Iterator[SessionInfo]:
    """Yield all conversations, also those that are moved to the front in the meantime."""
    given: set[str] = set()
    began: list[datetime] = []
    moved = takewhile(lambda info: info.updated_at >= began[0], user.sessions())
    for info in chain(user.sessions(), moved):
        began = began or [info.updated_at]
        if info.session_id not in given:
            given.add(info.session_id)
            yield info


def _oldest_change_first(infos: Iterable[SessionInfo]) -> list[SessionInfo]:
    """Return conversations that came the last changed first, except for some that have moved."""
    oldest_first = list(infos)[::-1]  # the order of those that were changed at the same time
    return sorted(oldest_first, key=lambda info: info.updated_at)


def _known(info: SessionInfo) -> Conversation:
    return Conversation(info.session_id, None, info.title, info.metadata)
