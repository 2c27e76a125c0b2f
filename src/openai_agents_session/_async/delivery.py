# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""The one door to Redis: send, recognise a lost reply, send again, clean up."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from redis.client import NEVER_DECODE
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError

from .. import _observer
from .._aio import Action, after_interruption, pause
from .._compat import closed_under_call, refused_by_cache, undecoded
from .._errors import cause_of, explained
from .._failures import LOST, RETRIED, is_redirection
from .._retries import Retries
from .._scripts.answers import answer
from .clients import close_idle_connections

if TYPE_CHECKING:
    from .._scripts.frame import Script
    from .clients import Transport

logger = logging.getLogger("openai_agents_session")

T = TypeVar("T")

# Replies are bytes, whatever the client decodes: it would fail on an element that is not UTF-8.
_RAW = {NEVER_DECODE: True}


class AsyncDelivery:
    """Sends what may be sent twice, until it is answered or it is time to give up.

    Args:
        client: The client to send with.
        subject: What the calls are about, for errors and logs: "session key 'a'".
    """

    def __init__(self, client: Transport, subject: str) -> None:
        self.client = client
        self.subject = subject

    async def run(self, script: Script, *args: bytes | int) -> Any:
        """Run a script: its keys, then its arguments."""
        return await self.deliver(self.send_script, script, *args)

    async def call(self, *command: Any) -> Any:
        """Send one command that changes nothing, or that may be carried out twice."""
        return await self.deliver(self.send, *command)

    async def call_together(self, *commands: tuple[object, ...]) -> list[Any]:
        """Send such commands in one round trip; an error reply takes the place of its reply."""
        return await self.deliver(self._send_reads_together, *commands)

    async def reconnect(self) -> None:
        """Close the connections that no call uses, so that the next call opens a new one.

        An idle connection may lead to a former primary, or hold the reply of an interrupted call.
        """
        await close_idle_connections(self.client)

    async def deliver(self, send: Action[T], *args: Any) -> T:
        """Send until an answer comes: by one of the functions below, or by several of them."""
        retries, started = None, time.monotonic()
        while True:
            observer = _observer.current
            if observer is not None:
                observer.sending(1 if retries is None else retries.failures + 1)
            try:
                reply = await send(*args)
            except RETRIED as error:
                failure: Exception = error
            except RedisError as error:
                if is_redirection(error):
                    raise explained(error, self.subject) from error
                raise
            except (AttributeError, TypeError) as error:
                closed = closed_under_call(error)
                if closed is None:
                    await after_interruption(error, self.reconnect)
                    raise
                failure = closed
            except BaseException as error:
                await after_interruption(error, self.reconnect)
                raise
            else:
                if retries is not None:
                    self._log(retries)
                return reply
            retries = retries or Retries(self.client, started)
            seconds = retries.next_pause(failure)
            if seconds is None:
                raise explained(failure, self.subject) from failure
            if isinstance(failure, ReadOnlyError):
                await self.reconnect()
            await pause(seconds)

    async def send_script(self, script: Script, *args: bytes | int) -> Any:
        """Run a script once: by its digest, or by its text if the server does not know it yet."""
        try:
            reply = await self.client.execute_command(*script.by_digest, *args, **_RAW)
        except NoScriptError:
            reply = await self.client.execute_command(*script.in_full, *args, **_RAW)
        return answer(undecoded(reply))

    async def send(self, name: str, *args: object, **options: object) -> Any:
        """Send one command once."""
        try:
            reply = await self.client.execute_command(name, *args, **_RAW, **options)
        except ValueError as error:
            if not refused_by_cache(error):
                raise
            # The cache of replies ignores a command in lower case.
            reply = await self.client.execute_command(name.lower(), *args, **_RAW, **options)
        return undecoded(reply)

    async def send_together(self, *commands: tuple[object, ...]) -> list[Any]:
        """Send commands in one round trip, once; an error reply takes the place of its reply."""
        async with self.client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command, **_RAW)
            return list(map(undecoded, await pipeline.execute(raise_on_error=False)))

    async def _send_reads_together(self, *commands: tuple[object, ...]) -> list[Any]:
        replies = await self.send_together(*commands)
        for reply in replies:
            # These mean that nothing was answered, even if another command was.
            if isinstance(reply, LOST) or (isinstance(reply, Exception) and is_redirection(reply)):
                raise reply
        return replies

    def _log(self, retries: Retries) -> None:
        assert retries.last_error is not None  # noqa: S101  for the type checker
        logger.info(
            "%s: answered at attempt %d after %.1f s; last error: %s",
            self.subject,
            retries.failures + 1,
            retries.seconds,
            cause_of(retries.last_error),
        )
