"""The Lua of taking the last turns out of a conversation, and of creating a copy."""

from __future__ import annotations

from .frame import Script
from .user_messages import IS_USER_MESSAGE

REWIND = Script(
    """
local turns = tonumber(ARGV[2])
$is_user_message

-- Where the last turns begin; nil without any user message.
local function beginning(length)
  local begins, following_is_user, found = nil, false, 0
  for upper = length - 1, 0, -16 do
    local lower = math.max(upper - 15, 0)
    local elements = redis.call('LRANGE', KEYS[1], lower, upper)
    for offset = #elements, 1, -1 do
      local is_user = is_user_message(elements[offset])
      if not is_user and following_is_user then
        found = found + 1
        if found == turns then return begins end
      end
      if is_user then begins = lower + offset - 1 end
      following_is_user = is_user
    end
  end
  return begins
end

$begin
  local length = call('LLEN', history)
  local removed = call('LRANGE', receipt, 0, -1)
  if #removed > 0 then return {$repeated, removed} end
  local start = beginning(length)
  if not start then
    call('RPUSH', receipt, '')  -- a late copy must take nothing
    call('EXPIRE', receipt, $receipt_seconds)
    return {}
  end
  removed = call('LRANGE', history, start, -1)
  $write_even_when_full
  call('LTRIM', history, 0, -1)
  $refresh
  for from = 1, #removed, 1000 do
    call('RPUSH', receipt, unpack(removed, from, math.min(from + 999, #removed)))
  end
  call('EXPIRE', receipt, $receipt_seconds)
  call('RPUSHX', pops, 'cut ' .. start - 1)
  if start > 0 then
    $changed
  else
    $emptied
  end
  call('LTRIM', history, 0, start - length - 1)
  return removed
$end
""",
    is_user_message=IS_USER_MESSAGE,
)
"""Remove the last ARGV[2] turns and return their elements, which are the receipt."""

CREATE = Script("""
local first_new = 2
$begin
  local known = call('GET', receipt)
  if known then return {$repeated, tonumber(known)} end
  if call('EXISTS', history) == 1 then
    call('SET', receipt, 0, 'EX', $receipt_seconds)
    return 0
  end
  if first_new > #ARGV then return 1 end
  call('SET', receipt, 1, 'EX', $receipt_seconds)
  call('UNLINK', pops)
  $set_lifetime
  $begun
  $changed_with_ttl
  $append
  $set_lifetime
  return 1
$end
""")
"""Create the list of the items ARGV[2...], if there are any: 1, or 0 if the list exists."""
