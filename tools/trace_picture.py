"""Draw the trace of one turn, as OpenTelemetry records it, for the page about telemetry.

    python tools/trace_picture.py [FILE]    # by default docs/img/telemetry.svg

The spans are recorded from a real turn on the embedded engine. The model is a pause.
"""

from __future__ import annotations

import sys
import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from openai_agents_session import SyncRedisSession
from openai_agents_session.otel import instrument, uninstrument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "telemetry.svg"
MODEL_SECONDS = 0.05
TURNS = 10

NAMES, BARS, WIDTH = 190, 400, 720  # where the bars begin, how long the longest is, everything
TOP, ROW = 40, 34
SHORTEST = 6  # a bar that can be seen

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.note { fill: #59636e; font-size: 11px }
.line { stroke: #d1d9e0 }
.session { fill: #c62828 }
.part { fill: #ef6c5a }
.other { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note { fill: #9198a1 }
  .line { stroke: #3d444d }
  .session { fill: #ff6b5e }
  .part { fill: #ff9d8f }
  .other { fill: #6e7681 }
}
"""


def record() -> list[ReadableSpan]:
    """Run turns, with what stands for a model in them; return the spans of the fastest."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("model")
    question: Any = [{"role": "user", "content": "Hello"}]
    traces: list[list[ReadableSpan]] = []
    with SyncRedisSession.from_url("picture", "memory://picture") as session:
        for _ in range(TURNS):
            exporter.clear()
            instrument(provider)
            with session.turn() as turn:
                turn.add_items(question)
                with tracer.start_as_current_span("the model"):
                    time.sleep(MODEL_SECONDS)
                turn.add_items([{"role": "assistant", "content": "Hello!"}])
            uninstrument()
            traces.append(sorted(exporter.get_finished_spans(), key=_start))
    provider.shutdown()
    return min(traces, key=_duration)


def _start(span: ReadableSpan) -> int:
    return span.start_time or 0


def _duration(trace: Sequence[ReadableSpan]) -> int:
    return (trace[0].end_time or 0) - _start(trace[0])


def draw(spans: Sequence[ReadableSpan]) -> str:
    """Return the picture: one bar for each span, below the one that it is part of."""
    start, whole = _start(spans[0]), _duration(spans)
    height = TOP + ROW * len(spans) + 14
    rows = [_row(number, span, start, whole) for number, span in enumerate(spans)]
    names = ", ".join(span.name for span in spans)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="The trace of one turn: {escape(names)}">'
    )
    return "\n".join(
        [
            head,
            f"<style>{STYLE}</style>",
            '<text class="title" x="12" y="22">The trace of one turn</text>',
            f'<line class="line" x1="{NAMES}" y1="{TOP - 8}" x2="{NAMES}" y2="{height - 8}"/>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(number: int, span: ReadableSpan, start: int, whole: int) -> str:
    took = _duration([span])
    left = NAMES + (_start(span) - start) / whole * (BARS - SHORTEST)
    length = max(took / whole * BARS, SHORTEST)
    kind = "session" if number == 0 else "part" if span.name.startswith("session.") else "other"
    y, indent = TOP + ROW * number, 12 if number == 0 else 28
    attempts = (span.attributes or {}).get("openai_agents_session.attempts")
    note = f"{took / 1e6:.1f} ms" + ("" if attempts is None else f", attempts {attempts}")
    at = left + length + 8 if left + length < NAMES + BARS / 4 else NAMES + BARS + 8
    return (
        f'<text x="{indent}" y="{y + 15}">{escape(span.name)}</text>'
        f'<rect class="{kind}" x="{left:.1f}" y="{y + 2}" width="{length:.1f}" height="17" rx="3"/>'
        f'<text class="note" x="{at:.1f}" y="{y + 15}">{escape(note)}</text>'
    )


def main(arguments: Sequence[str]) -> None:
    """Draw the picture into a file."""
    file = Path(arguments[0]) if arguments else PICTURE
    file.write_text(draw(record()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
