# Generated from src/openai_agents_session/_async/client_owner.py by tools/generate.py; edit that file instead.
"""What sessions and managers share: a client, which they close if they opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._blocking import LoopGuard
from .clients import accept_client, close_client

if TYPE_CHECKING:
    from typing_extensions import Self

    from .._blocking import Client


class SyncClientOwner:
    """Holds a client; subclasses name themselves in `_name`, for errors."""

    _name: str

    def _hold(self, client: Client, *, owned: bool = False) -> None:
        self._client = client
        self._transport = accept_client(client, type(self))
        self._loop_guard = LoopGuard(client)
        self._owns_client = owned
        self._closed = False

    def close(self) -> None:
        """Close the client if it was opened here, from a URL; your own client stays open.

        Without its client this cannot be used afterwards. Closing it again has no effect.
        """
        if self._owns_client:
            self._closed = True
            close_client(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _check_usable(self) -> None:
        self._check_open()
        self._loop_guard.check()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"the {self._name} is closed; create a new one")
