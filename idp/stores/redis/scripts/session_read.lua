-- The facts of a live session, which is thereby seen.
-- KEYS: session.  ARGV: base, now, idle life.
local s = redis.call('HMGET', KEYS[1], 'facts', 'seen', 'ends')
if not session_lives(s[2], ARGV[3], s[3]) then
  return false
end
touch(KEYS[1], s[2])
return s[1]
