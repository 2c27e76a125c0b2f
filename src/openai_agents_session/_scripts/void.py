"""The Lua that keeps a turn that runs from bringing back what was removed."""

from __future__ import annotations

from .frame import RECEIPT_SECONDS

VOID_TURN = f"""
-- Marks the lease of a turn, if one holds the lock, and leaves its receipt of having given up: the
-- mark is gone if the lease expires. Returns whether a turn holds the lock.
local function void_turn(lock, receipts)
  local holder = redis.call('GET', lock)
  if not holder or string.sub(holder, 1, 5) ~= 'turn:' then return false end
  if string.sub(holder, -5) ~= ':void' then
    redis.call('SET', receipts .. string.sub(holder, -32), '', 'EX', {RECEIPT_SECONDS})
    redis.call('SET', lock, holder .. ':void', 'KEEPTTL')
  end
  return true
end
"""
