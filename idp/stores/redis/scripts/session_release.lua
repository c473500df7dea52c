-- What one client may receive in this session. An earlier release of the client is replaced, but its sid stays: the
-- relying party knows the session by it (OpenID Connect Back-Channel Logout 1.0 section 2.1).
-- It is good for the level that the session has now, and for one request for claims.
-- KEYS: session.  ARGV: base, now, idle life, client, sub, sid, scopes (padded), sealed claims, claims asked for,
--       for whom the citizen acts ('' not asked, else '=' .. choice), until when it is good ('' as long as the session).
local client = ARGV[4]
local s = redis.call('HMGET', KEYS[1], 'seen', 'ends', 'sid:' .. client, 'level')
if not session_lives(s[1], ARGV[3], s[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'sub:' .. client, ARGV[5], 'sid:' .. client, s[3] or ARGV[6],
  'scopes:' .. client, ARGV[7], 'claims:' .. client, ARGV[8], 'asked:' .. client, ARGV[9], 'level:' .. client, s[4],
  'acting:' .. client, ARGV[10], 'until:' .. client, ARGV[11])
return 1
