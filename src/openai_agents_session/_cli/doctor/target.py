"""What is examined: the servers, and a sample of what they store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .sample import take
from .servers import Servers

if TYPE_CHECKING:
    from .sample import Sample


class Target(Servers):
    """What is examined. See `Servers`."""

    @cached_property
    def sample(self) -> Sample:
        """A sample of what is stored. It is taken once."""
        return take(self)
