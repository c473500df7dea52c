-- The facts of a citizen's live sessions; nothing is counted as seen.
-- KEYS: index.  ARGV: base, now, idle life.
local found = {}
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local s = redis.call('HMGET', base .. 's:' .. digest, 'facts', 'seen', 'ends')
  if session_lives(s[2], ARGV[3], s[3]) then
    found[#found + 1] = s[1]
  end
end
return found
