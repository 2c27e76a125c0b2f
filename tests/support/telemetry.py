"""What OpenTelemetry would export, kept in memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from openai_agents_session.otel import instrument, uninstrument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.util.types import AttributeValue

PREFIX = "openai_agents_session."


class Telemetry:
    """Providers that a test may pass on, and what they were given."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader])

    def spans(self) -> list[ReadableSpan]:
        """Return the spans that have ended, in that order."""
        return list(self._exporter.get_finished_spans())

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def span(self, name: str) -> ReadableSpan:
        """Return the only span of a name."""
        [span] = [span for span in self.spans() if span.name == name]
        return span

    def children(self, of: ReadableSpan) -> list[str]:
        """Return the names of the spans directly below one."""
        return [span.name for span in self.spans() if _parent(span) == _id(of)]

    def forget_spans(self) -> None:
        self._exporter.clear()

    def metrics(self) -> dict[str, Any]:
        """Return what was measured, by its name."""
        data = self._reader.get_metrics_data()
        scopes = [s for r in data.resource_metrics for s in r.scope_metrics] if data else []
        metrics = [metric for scope in scopes for metric in scope.metrics]
        return {metric.name.removeprefix(PREFIX): metric for metric in metrics}

    def points(self, name: str) -> list[Any]:
        """Return what was measured under a name, one point for each set of attributes."""
        metric = self.metrics().get(name)
        return [] if metric is None else list(metric.data.data_points)

    def counted(self, name: str) -> int:
        """Return the value of a counter."""
        return sum(point.value for point in self.points(name))

    def everything(self) -> str:
        """Return all that was exported, as text."""
        data = self._reader.get_metrics_data()
        return "\n".join(
            [*(span.to_json() for span in self.spans()), data.to_json() if data else ""]
        )


def attribute(span: ReadableSpan, name: str) -> AttributeValue | None:
    """Return an attribute of this package, or None."""
    return (span.attributes or {}).get(PREFIX + name)


def error_type(span: ReadableSpan) -> AttributeValue | None:
    """Return what kind of error a span ended with, or None."""
    return (span.attributes or {}).get("error.type")


def is_root(span: ReadableSpan) -> bool:
    return span.parent is None


@contextmanager
def instrumented(**options: Any) -> Iterator[Telemetry]:
    """Keep what is exported while the block runs."""
    telemetry = Telemetry()
    instrument(telemetry.tracers, telemetry.meters, **options)
    try:
        yield telemetry
    finally:
        uninstrument()


def _id(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.span_id)


def _parent(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id
