"""The Lua of replacing a conversation or its end, and of clearing it."""

from __future__ import annotations

from .frame import Script
from .void import VOID_TURN

REPLACE = Script("""
local first_new = 2
$begin
  local before = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return {$repeated} end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('LTRIM', history, 0, -1)
  $set_lifetime
  call('UNLINK', pops)
  $changed_with_ttl
  $append
  call('LTRIM', history, before, -1)
  $set_lifetime
$end
""")
"""Replace the whole list by the items ARGV[2...], at least one."""

# ARGV: seconds, how many elements to drop from the front, how many to replace at the end, then the
# former, the latter, and the new ones.
REPLACE_TAIL = Script("""
local dropped, replaced = tonumber(ARGV[2]), tonumber(ARGV[3])
local first_new = 4 + dropped + replaced

local function are_still(position, count, first)
  if count == 0 then return true end
  local elements = redis.call('LRANGE', KEYS[1], position, position + count - 1)
  for number = 1, count do
    if elements[number] ~= ARGV[first + number - 1] then return false end
  end
  return true
end

$begin
  local length = call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return {$repeated, 1} end
  if length < dropped or length < replaced then return 0 end
  if not are_still(0, dropped, 4) then return 0 end
  if not are_still(length - replaced, replaced, 4 + dropped) then return 0 end
  call('SET', receipt, '', 'EX', $receipt_seconds)
  call('LTRIM', history, 0, -1)
  $set_lifetime
  call('RPUSHX', pops, 'cut ' .. length - replaced)
  if dropped > 0 then call('RPUSHX', pops, 'trim ' .. dropped) end
  if length - dropped - replaced + #ARGV - first_new + 1 > 0 then
    $changed_with_ttl
  else
    $emptied
  end
  $append
  if dropped + replaced < length then
    call('LTRIM', history, dropped, length - replaced - 1)
    $append
  else
    call('LTRIM', history, length, -1)
  end
  return 1
$end
""")
"""Replace the last ARGV[3] elements, and drop the first ARGV[2]: 1.

0, and no change, if these are not, byte for byte, the elements that were sent for comparison."""

CLEAR = Script(
    """
$void_turn
$begin
  call('LLEN', history)
  if call('EXISTS', receipt) == 1 then return {$repeated} end
  $write_even_when_full
  -- These may be refused, as long as nothing was written.
  call('UNLINK', receipt)
  call('GET', KEYS[4])
  call('SET', receipt, '', 'EX', $receipt_seconds)
  $emptied
  void_turn(KEYS[4], string.sub(receipt, 1, -33))
  call('UNLINK', history, pops)
$end
""",
    keys=4,
    void_turn=VOID_TURN,
)
"""Delete the list; a turn that runs must not bring back what it has read."""
