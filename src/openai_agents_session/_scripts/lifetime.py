"""The Lua of refreshing a lifetime."""

from __future__ import annotations

from .frame import Script

TOUCH = Script(
    """
$begin
  call('LLEN', history)
  $refresh
  $follow
$end
""",
    keys=1,
)
"""Refresh the lifetime of the list KEYS[1], if it has one, to ARGV[1] seconds."""
