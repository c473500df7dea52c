-- Exchanges a refresh token for new tokens, once (RFC 9700 section 4.14.2).
-- KEYS: grant.
-- ARGV: base, now, grant id, refresh digest, client, scope ('' the whole), access digest, access life,
--       new refresh digest, refresh life.
local id, digest, scope = ARGV[3], ARGV[4], ARGV[6]
local g = redis.call('HMGET', KEYS[1], 'ends', 'refresh', 'client', 'citizen', 'spent', 'refresh_ends', 'scope', 'cap',
  'access', 'redirect_uri', 'core', 'claims')
local ends = g[1] and tonumber(g[1])
if not ends or ends <= now then
  return false
end
if g[2] ~= digest then
  if not was_spent(g[5], digest) or g[3] ~= ARGV[5] then
    return false -- a guess, or a stranger with a used token: nothing changes
  end
  revoke_for_replay(KEYS[1], g[4], id, g[1], g[5], g[2])
  return { 'replayed' }
end
if tonumber(g[6]) <= now then
  return false
end
if g[3] ~= ARGV[5] then
  return { 'mismatch', 'client' }
elseif not scope_within(scope, ' ' .. g[7] .. ' ') then
  return { 'mismatch', 'scope' }
end

local access_ends, refresh_ends = capped(ARGV[8], g[8]), capped(ARGV[10], g[8])
local expires_in = whole_seconds(access_ends)
if expires_in < 1 then
  return false
end
redis.call('HSET', KEYS[1], 'access', add_access(g[9], ARGV[7], access_ends, scope),
  'refresh', ARGV[9], 'refresh_ends', stamp(refresh_ends), 'spent', add_spent(g[5], digest))
extend(KEYS[1], g[4], id, math.max(ends, access_ends, refresh_ends))
return { 'issued', g[3], g[10], scope == '' and g[7] or scope, g[11], g[12], expires_in }
