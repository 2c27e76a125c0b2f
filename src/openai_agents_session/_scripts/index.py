"""The Lua that keeps the index of a user's conversations, inside the scripts that change one.

The index is a sorted set: the ids of the conversations by the time of their last change, in
microseconds of the server's clock. The info of a conversation is a hash: its title, its metadata,
and when it was created.
"""

from __future__ import annotations

GRACE_SECONDS = 120
"""How long the info of a conversation outlives its items, in case it is filled again."""

# An expiry that is a little later than it must be is prolonged less often.
_INDEX_SLACK = f"{GRACE_SECONDS} + math.min(math.floor(left / 10000), 86400)"

_FOLLOW_INDEX = f"""
  if left < 0 then
    if lives >= 0 then call('PERSIST', @index) end
  elseif lives == -2 or lives >= 0 and lives < left then
    call('EXPIRE', @index, math.floor(left / 1000) + {_INDEX_SLACK})
  end
"""

_FOLLOW_INFO = f"""
  if left < 0 then
    if lives >= 0 then call('PERSIST', @info) end
  elseif lives < left or lives > left + {GRACE_SECONDS * 1000} then
    call('EXPIRE', @info, math.floor(left / 1000) + {GRACE_SECONDS})
  end
"""

# Each new conversation takes out a few that have expired, so that they do not add up. What a user
# may not do here, pages do.
_SWEEP = """
    for _, other in ipairs(redis.pcall('ZRANDMEMBER', @index, 3)) do
      local gone = redis.pcall('EXISTS', string.sub(@index, 1, -7) .. ':' .. other) == 0
      if gone and other ~= id then redis.pcall('ZREM', @index, other) end
    end
"""

# A list that is about to be created without a lifetime has none yet: -2 counts as -1.
_CHANGED = f"""
do
  local left = @left
  local lives, clock = call('PTTL', @index), call('TIME')
  local now = clock[1] .. string.format('%06d', clock[2])
  local id = string.sub(history, #@index - 4)
  call('ZADD', @index, now, id)
  if lives == -1 and left >= 0 and call('ZCARD', @index) == 1 then lives = -2 end
  {_FOLLOW_INDEX}
  lives = call('PTTL', @info)
  if lives == -2 then
    call('HSET', @info, 'created', now)
    lives = -1
    {_SWEEP}
  end
  {_FOLLOW_INFO}
end
"""

_FOLLOW = f"""
do
  local left = call('PTTL', history)
  if left ~= -2 then
    local lives = call('PTTL', @index)
    {_FOLLOW_INDEX}
    lives = call('PTTL', @info)
    {_FOLLOW_INFO}
  end
end
"""

# A new conversation under an id that was used before: the old title must not come back.
_BEGUN = "call('UNLINK', @info)"

# Before the write that empties the list: removing no element first finds out whether it may.
_EMPTIED = f"""
do
  call('LTRIM', history, 0, -1)
  local lives = call('PTTL', @info)
  call('ZREM', @index, string.sub(history, #@index - 4))
  if lives == -1 or lives > {GRACE_SECONDS * 1000} then
    call('EXPIRE', @info, {GRACE_SECONDS})
  end
end
"""

# Adding to a list that has items, without a ttl, leaves all lifetimes as they are.
_ADDED = f"""
if ttl == '' and pushed > #ARGV - first_new + 1 then
  local clock = call('TIME')
  local now = clock[1] .. string.format('%06d', clock[2])
  call('ZADD', @index, now, string.sub(history, #@index - 4))
else
  {_CHANGED.replace("@left", "ttl ~= '' and ttl * 1000 or -1")}
end
"""

_PIECES = {
    # The conversation has changed, or is about to, and holds items afterwards.
    "changed": _CHANGED.replace("@left", "call('PTTL', history)"),
    # The same, after `$set_lifetime`.
    "changed_with_ttl": _CHANGED.replace(
        "@left", "ttl ~= '' and ttl * 1000 or call('PTTL', history)"
    ),
    # Items were added by `$append`, the fastest way.
    "added": _ADDED,
    # It is a new one.
    "begun": _BEGUN,
    # It was read, and its lifetime may have changed.
    "follow": _FOLLOW,
    # It will hold no items.
    "emptied": _EMPTIED,
    # A pop is about to change the index. Without a receipt, neither of these does anything, but it
    # is refused if the pop would be.
    "try_to_pop": """
call('RPOP', receipt)
call('SET', receipt, '', 'XX')
""",
}

NO_INDEX = dict.fromkeys(_PIECES, "")
"""The pieces for a conversation without a user."""


def index_pieces(index: str, info: str) -> dict[str, str]:
    """Return the pieces for a conversation of a user, given the Lua of the two keys."""
    return {
        name: text.replace("@index", index).replace("@info", info) for name, text in _PIECES.items()
    }
