-- New facts under a new token; the old token is worthless from here on. Releases and grants stay with the session,
-- because they hang on its `line`, not on its token. A session never changes hands.
-- KEYS: old session, new session, index.
-- ARGV: base, now, idle life, old digest, new digest, citizen, facts, auth_time, level, handle, absolute life.
local s = redis.call('HMGET', KEYS[1], 'citizen', 'seen', 'ends', 'auth_time')
if not session_lives(s[2], ARGV[3], s[3]) or s[1] ~= ARGV[6] then
  return 0
end
-- Only signing in again begins a new absolute life; a proof (same auth_time) does not prolong a session.
local ends = tonumber(ARGV[8]) > tonumber(s[4]) and now + tonumber(ARGV[11]) or tonumber(s[3])
redis.call('HSET', KEYS[1], 'facts', ARGV[7], 'auth_time', ARGV[8], 'level', ARGV[9], 'handle', ARGV[10],
  'seen', stamp(now), 'ends', stamp(ends))
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('PEXPIRE', KEYS[2], life(ends))
redis.call('ZREM', KEYS[3], ARGV[4])
redis.call('ZADD', KEYS[3], stamp(ends), ARGV[5])
keep_index(KEYS[3], ends)
return 1
