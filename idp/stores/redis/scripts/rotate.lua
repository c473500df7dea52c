-- Exchanges a refresh token for new tokens, once (RFC 9700 section 4.14.2).
-- The answer may get lost on its way. So the token that was exchanged last is good for a few seconds more, until its
-- successor is used: it leads to the same successor, which its holder's secret and the salt kept here make up. Nothing
-- forks, and neither a stolen old token nor a stolen store alone leads anywhere.
-- KEYS: grant.
-- ARGV: base, now, grant id, refresh digest, client, scope ('' the whole), access digest, access life,
--       new refresh digest, refresh life, binding ('' none), resource ('' not named, else '=' .. uri),
--       '1' if the refresh token is bound to the key, grace, salt of the new refresh token.
local id, digest, scope, binding = ARGV[3], ARGV[4], ARGV[6], ARGV[11]
local g = redis.call('HMGET', KEYS[1], 'ends', 'refresh', 'client', 'citizen', 'spent', 'refresh_ends', 'scope', 'cap',
  'access', 'redirect_uri', 'core', 'claims', 'binding', 'resources', 'before', 'before_ends', 'salt')
local ends = g[1] and tonumber(g[1])
if not ends or ends <= now then
  return false
end
local again = g[2] ~= digest
if again then
  if not was_spent(g[5], digest) or g[3] ~= ARGV[5] then
    return false -- a guess, or a stranger with a used token: nothing changes
  end
  if g[15] ~= digest or tonumber(g[16]) <= now then
    revoke_for_replay(KEYS[1], g[4], id, g[1], g[5], g[2])
    return { 'replayed' }
  end
end
if tonumber(g[6]) <= now then
  return false
end
local audience = audience_of(ARGV[12], g[14])
if g[3] ~= ARGV[5] then
  return { 'mismatch', 'client' }
elseif not binding_fits(g[13], binding, ARGV[13]) then
  return { 'mismatch', 'binding' }
elseif not scope_within(scope, ' ' .. g[7] .. ' ') then
  return { 'mismatch', 'scope' }
elseif not audience then
  return { 'mismatch', 'resource' }
end

local access_ends = capped(ARGV[8], g[8])
local expires_in = whole_seconds(access_ends)
if expires_in < 1 then
  return false
end
local text, salt = about(scope, binding, audience, '', ''), ARGV[15]
redis.call('HSET', KEYS[1], 'access', add_access(g[9], ARGV[7], access_ends, text))
ends = math.max(ends, access_ends)
if again then
  salt = g[17]
else
  local refresh_ends = capped(ARGV[10], g[8])
  redis.call('HSET', KEYS[1], 'refresh', ARGV[9], 'refresh_ends', stamp(refresh_ends), 'spent', add_spent(g[5], digest),
    'before', digest, 'before_ends', stamp(now + tonumber(ARGV[14])), 'salt', salt)
  if binding ~= '' then
    redis.call('HSET', KEYS[1], 'binding', binding)
  end
  ends = math.max(ends, refresh_ends)
end
extend(KEYS[1], g[4], id, ends)
return { 'issued', g[3], g[10], scope == '' and g[7] or scope, g[11], g[12], g[14] or '', text, stamp(access_ends),
  expires_in, salt }
