-- A further access token of a grant, in other hands, for as long as the one it is exchanged for (RFC 8693).
-- KEYS: grant.
-- ARGV: base, now, grant id, digest of the subject token, digest of the new one, life, holder, audience, scope, actors,
--       binding.
local g = redis.call('HMGET', KEYS[1], 'ends', 'access', 'client', 'redirect_uri', 'core', 'claims', 'resources')
if not g[1] or tonumber(g[1]) <= now then
  return false
end
local packed, lives, at = g[2] or '', false, 1
while at <= #packed do
  local digest, expires, _, after = struct.unpack(ENTRY, packed, at)
  if digest == ARGV[4] and expires > now then
    lives = expires
  end
  at = after
end
local access_ends = lives and math.min(lives, now + tonumber(ARGV[6]))
if not lives or whole_seconds(access_ends) < 1 then
  return false
end
local text = about(ARGV[9], ARGV[11], ARGV[8], ARGV[7], ARGV[10])
redis.call('HSET', KEYS[1], 'access', add_access(packed, ARGV[5], access_ends, text))
return { 'issued', g[3], g[4], ARGV[9], g[5], g[6], g[7] or '', text, stamp(access_ends),
  whole_seconds(access_ends) }
