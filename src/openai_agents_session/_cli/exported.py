"""Which conversations an export holds, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from .export_format import Conversation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
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
    """Yield the conversations with these ids."""
    sessions = [store.session(session_id) for session_id in session_ids]
    known = _infos(store.user, session_ids) if store.user else {}
    for session in sessions:
        conversation = known.get(session.session_id, Conversation(session.session_id))
        yield Exported(conversation, session, named=True)


def all_sessions(store: Store) -> Iterator[Exported]:
    """Yield all conversations, each once."""
    if store.user is None:
        for session_id in store.manager.session_ids():
            yield Exported(Conversation(session_id), store.session(session_id))
        return
    for info in _all_infos(store.user):
        yield Exported(_known(info), store.session(info.session_id))


def _infos(user: SyncUserSessions, session_ids: Collection[str]) -> dict[str, Conversation]:
    """Return what is known of these conversations."""
    missing, found = set(session_ids), {}
    for info in user.sessions():
        if info.session_id in missing:
            missing.remove(info.session_id)
            found[info.session_id] = _known(info)
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


def _known(info: SessionInfo) -> Conversation:
    return Conversation(info.session_id, None, info.title, info.metadata)
