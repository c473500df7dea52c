-- For whom the citizen acts at one client, as the release has it: '=' .. choice, '' when they were not asked.
-- KEYS: session.  ARGV: base, now, idle life, client.
local s = redis.call('HMGET', KEYS[1], 'seen', 'ends', 'acting:' .. ARGV[4])
if not session_lives(s[1], ARGV[3], s[2]) then
  return false
end
return s[3]
