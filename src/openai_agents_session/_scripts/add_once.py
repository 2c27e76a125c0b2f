"""The Lua of adding a batch under a caller's key, once in a day."""

from __future__ import annotations

from .add import APPEND_AND_TRIM, MAKE_ROOM
from .frame import Script
from .records import REMEMBER
from .user_messages import BEGINNING

# ARGV: seconds, the maximum number of elements or 0, the digests of key and batch, how long the key
# is remembered, then the new elements.
ADD_ONCE = Script(
    f"""
local most, key, batch, seconds, first_new = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], 6
local adds = KEYS[5]
$beginning
$remember

local noted
$begin
  before = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return {{$repeated, 1}} end
  local known = remembered(adds, key)
  if known then return known == batch and 1 or 0 end
  {MAKE_ROOM}
  noted = true
  remember(adds, key, batch, seconds)
  {APPEND_AND_TRIM}
  return 1
$answer
if noted then redis.pcall('HDEL', adds, key) end
$refuse
""",
    keys=5,
    beginning=BEGINNING,
    remember=REMEMBER,
)
"""Append the items ARGV[6...] unless the key is known: 1, or 0 if it stands for another batch."""
