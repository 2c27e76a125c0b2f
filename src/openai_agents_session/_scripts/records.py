"""The Lua of remembering something under a caller's key: a turn, or a batch."""

from __future__ import annotations

REMEMBER = """
-- What a key stands for, or nil once it is forgotten.
local function remembered(records, key)
  local record = redis.call('HGET', records, key)
  if not record then return nil end
  local expiry, value = string.match(record, '^(%d+) (.*)$')
  if tonumber(expiry) > tonumber(redis.call('TIME')[1]) then return value end
end

-- Each call first looks at a few records, and drops those that have expired.
local function remember(records, key, value, seconds)
  local now = tonumber(redis.call('TIME')[1])
  local exists = redis.call('EXISTS', records) == 1
  local samples = exists and redis.call('HRANDFIELD', records, 3, 'WITHVALUES') or {}
  for number = 1, #samples, 2 do
    if tonumber(string.match(samples[number + 1], '^%d+')) <= now then
      redis.call('HDEL', records, samples[number])
    end
  end
  redis.call('EXPIRE', records, seconds)  -- may be refused, as long as nothing was written
  redis.call('HSET', records, key, (now + seconds) .. ' ' .. value)
  redis.call('EXPIRE', records, seconds)
end
"""
