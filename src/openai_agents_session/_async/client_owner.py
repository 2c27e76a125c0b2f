# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""What sessions and managers share: a client, which they close if they opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._aio import LoopGuard
from .clients import accept_client, close_client

if TYPE_CHECKING:
    from typing_extensions import Self

    from .._aio import Client


class AsyncClientOwner:
    """Holds a client; subclasses name themselves in `_name`, for errors."""

    _name: str

    def _hold(self, client: Client, *, owned: bool = False) -> None:
        self._client = client
        self._transport = accept_client(client, type(self))
        self._loop_guard = LoopGuard(client)
        self._owns_client = owned
        self._closed = False

    async def close(self) -> None:
        """Close the client if it was opened here, from a URL; your own client stays open.

        Without its client this cannot be used afterwards. Closing it again has no effect.
        """
        if self._owns_client:
            self._closed = True
            await close_client(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def _check_usable(self) -> None:
        self._check_open()
        self._loop_guard.check()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"the {self._name} is closed; create a new one")
