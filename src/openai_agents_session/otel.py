"""Traces and metrics of what sessions do, through OpenTelemetry (extra `[otel]`).

Nothing here holds content: no item, no text of an error, and no id unless you ask for it. The
commands that are sent to Redis are not here either: redis-py has its own instrumentation for them.
"""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from . import _observer

try:
    from opentelemetry import context
    from opentelemetry.metrics import get_meter
    from opentelemetry.trace import StatusCode, get_current_span, get_tracer, set_span_in_context
except ImportError as _error:
    raise ImportError(
        'telemetry needs an extra: pip install "openai-agents-session[otel]"'
    ) from _error

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from typing_extensions import Self

__all__ = ["instrument", "uninstrument"]

_NAME = "openai_agents_session"
_OPERATION = f"{_NAME}.operation"
_KEY_PREFIX = f"{_NAME}.key_prefix"
_ATTEMPTS = f"{_NAME}.attempts"
_ITEM_COUNT = f"{_NAME}.item.count"
_REPEATED = f"{_NAME}.turn.repeated"
_CONVERSATION_ID = "gen_ai.conversation.id"
_ERROR_TYPE = "error.type"

_COUNTERS = {
    "retries": ("retry", "Attempts that a session made because an earlier one was not answered"),
    "replays": ("call", "Calls that Redis had carried out before, and answered from receipts"),
    "put_backs": ("item", "Items that were put back because the call that popped them ended early"),
    "skipped_items": ("element", "Elements that are not items, and were passed over"),
    "conflicts": ("turn", "Turns that were not stored, because the conversation had changed"),
}

# From an operation in memory to one that waits for a failover.
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_CURRENT = context.create_key(_OPERATION)


def instrument(
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    session_ids: bool = False,
) -> None:
    """Report what all sessions and managers of this process do, in both APIs.

    Call it once, at any time; another call replaces the first.

    Args:
        tracer_provider: Makes the spans; None for the global one.
        meter_provider: Keeps the metrics; None for the global one.
        session_ids: Whether a span names the conversation, in `gen_ai.conversation.id`.
    """
    _observer.current = _Telemetry(tracer_provider, meter_provider, session_ids)


def uninstrument() -> None:
    """Report nothing any more. What is running still ends its spans."""
    _observer.current = None


class _Telemetry:
    """Makes spans of operations, and counts what happens."""

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        session_ids: bool,
    ) -> None:
        release = _release()
        meter = get_meter(_NAME, release, meter_provider)
        self.tracer = get_tracer(_NAME, release, tracer_provider)
        self.session_ids = session_ids
        self.duration = meter.create_histogram(
            f"{_OPERATION}.duration",
            "s",
            "How long an operation took",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._counters = {
            event: meter.create_counter(f"{_NAME}.{event}", f"{{{unit}}}", description)
            for event, (unit, description) in _COUNTERS.items()
        }
        for counter in self._counters.values():
            counter.add(0)  # without it, an alarm on a rise would not notice the first event

    def operation(self, name: str, target: _observer.Target) -> _Operation:
        """Begin a span."""
        return _Operation(self, name, target)

    def sending(self, attempt: int) -> None:
        """Note an attempt at a call."""
        if attempt > 1:
            self.count("retries", 1)
        running = _running()
        if running is not None:
            running.attempted(attempt)

    def failed(self, error: BaseException) -> None:
        """Note why the running operation fails."""
        running = _running()
        if running is not None:
            running.failed(error)

    def count(self, event: str, number: int) -> None:
        """Count something."""
        self._counters[event].add(number)


class _Operation:
    """The span of an operation. It may end in another task or thread than it began in."""

    def __init__(
        self,
        telemetry: _Telemetry,
        name: str,
        target: _observer.Target,
        whole: _Operation | None = None,
    ) -> None:
        self._telemetry = telemetry
        self._name = name
        self._target = target
        self._whole = whole
        self._attempts = 0
        self._items: int | None = None
        self._repeated = self._has_failed = False
        self._error_type = ""
        self._outside = context.get_current()
        self._started = time.perf_counter()
        self._span = telemetry.tracer.start_span(name, attributes=self._known())

    def __enter__(self) -> Self:
        try:
            self.attach()
        except BaseException as error:  # a signal; nobody will leave the block
            self.end(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.end(error)

    def attach(self) -> None:
        """Make the span the current one, until it ends."""
        if self._is_current():
            return
        inner = _running()
        while inner is not None and (outer := _running(inner._outside)) is not inner:
            if outer is self:  # what began in this one outlives it, and must not lead back to it
                inner._outside = self._outside
            inner = outer
        self._outside = context.get_current()
        within = set_span_in_context(self._span)
        context.attach(context.set_value(_CURRENT, self, within))

    def part(self, name: str) -> _Operation:
        """Begin a span of a part, whose attempts are attempts of the whole."""
        return _Operation(self._telemetry, f"{self._name}.{name}", self._target, self)

    def attempted(self, attempt: int) -> None:
        """Note how many attempts a call has taken; most operations make one call."""
        self._attempts = max(self._attempts, attempt)
        if self._whole is not None:
            self._whole.attempted(attempt)

    def counted(self, items: int | None) -> None:
        """Note how many items it is about."""
        self._items = items

    def repeated(self) -> None:
        """Note that it was done before."""
        self._repeated = True

    def failed(self, error: BaseException) -> None:
        """Note what kind of error ends it: its text may hold anything."""
        self._has_failed = isinstance(error, Exception)  # a cancellation is nobody's fault
        kind = type(error)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        self._error_type = f"{module}{kind.__qualname__}"

    def end(self, error: BaseException | None = None) -> None:
        """End the span, and record how long it took."""
        if error is not None:
            self.failed(error)
        measured = {_OPERATION: self._name}
        if self._error_type:
            measured[_ERROR_TYPE] = self._error_type
        try:
            self._telemetry.duration.record(time.perf_counter() - self._started, measured)
        finally:
            if self._is_current():
                # Not `detach`: this may be a copy of the context in which it was attached.
                context.attach(self._outside)
            if self._span.is_recording():
                self._describe()
            self._span.end()

    def _is_current(self) -> bool:
        return _running() is self and get_current_span() is self._span

    def _known(self) -> dict[str, str]:
        """Return the attributes with which a sampler may decide."""
        known = {_KEY_PREFIX: self._target.key_prefix}
        session_id = self._target.session_id
        if self._telemetry.session_ids and isinstance(session_id, str):
            known[_CONVERSATION_ID] = session_id
        return known

    def _describe(self) -> None:
        found: dict[str, str | int] = {_ATTEMPTS: self._attempts}
        if self._repeated:
            found[_REPEATED] = True
        if self._items is not None:
            found[_ITEM_COUNT] = self._items
        if self._error_type:
            found[_ERROR_TYPE] = self._error_type
        if self._has_failed:
            self._span.set_status(StatusCode.ERROR)
        self._span.set_attributes(found)


def _release() -> str:
    """Return the version of this package; programs that bundle it may leave its metadata out."""
    try:
        return version("openai-agents-session")
    except PackageNotFoundError:
        return ""


def _running(within: Context | None = None) -> _Operation | None:
    """Return the operation that this code runs in, or that of another context."""
    running = context.get_value(_CURRENT, within)
    return running if isinstance(running, _Operation) else None
