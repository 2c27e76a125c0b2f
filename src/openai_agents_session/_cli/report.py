"""What became of the conversations that were copied: failures by name, and counts."""

from __future__ import annotations

from collections import Counter

from .copying import Outcome
from .output import note, print_json, print_line
from .wording import counted

_DIFFERENT = "it holds something else, or was changed in the meantime; it was left as it is"

_DONE = {
    Outcome.ADDED: "added",
    Outcome.CONTINUED: "continued",
    Outcome.PRESENT: "already there",
    Outcome.DIFFERENT: "different, and left as they are",
    Outcome.LEFT_OUT: "left out",
}
_PLANNED = {Outcome.ADDED: "would be added", Outcome.CONTINUED: "would be continued"}


class Report:
    """Tells of each conversation, and counts them."""

    def __init__(self, *, as_json: bool, dry_run: bool = False) -> None:
        self._as_json = as_json
        self._dry_run = dry_run
        self._counts: Counter[Outcome] = Counter()

    @property
    def failed(self) -> bool:
        """Whether a conversation could not be copied."""
        return bool(self._counts[Outcome.DIFFERENT] or self._counts[Outcome.LEFT_OUT])

    def add(self, session_id: str, outcome: Outcome, why: str | None = None) -> None:
        """Tell what became of a conversation, and why, if it was not copied."""
        self._counts[outcome] += 1
        if outcome is Outcome.DIFFERENT:
            why = _DIFFERENT
        if why is not None:
            note(f"{session_id}: {why}")
        if self._as_json:
            fields = {"session_id": session_id, "outcome": outcome.value}
            print_json(fields if why is None else {**fields, "reason": why})

    def end(self) -> None:
        """Print the counts."""
        total = self._counts.total()
        if self._as_json:
            counts = {outcome.value: self._counts[outcome] for outcome in Outcome}
            print_json({"conversations": total, **counts, "dry_run": self._dry_run})
            return
        words = {**_DONE, **_PLANNED} if self._dry_run else _DONE
        found = [outcome for outcome in Outcome if self._counts[outcome]]
        parts = ", ".join(f"{self._counts[outcome]:,} {words[outcome]}" for outcome in found)
        print_line(f"{counted(total, 'conversation')}: {parts}" if parts else "no conversations")
