-- Redeems a code exactly once (RFC 6749 section 4.1.2, RFC 9700 section 2.1.1): compare, mark and mint in one step.
-- KEYS: grant.
-- ARGV: base, now, grant id, code digest, client, redirect_uri, code_challenge, access digest, access life,
--       refresh digest ('' mints none), refresh life.
local id, digest = ARGV[3], ARGV[4]
local g = redis.call('HMGET', KEYS[1], 'ends', 'code', 'code_used', 'client', 'citizen', 'spent', 'refresh',
  'code_ends', 'redirect_uri', 'challenge', 'cap', 'core', 'claims', 'scope')
local ends = g[1] and tonumber(g[1])
if not ends or ends <= now or g[2] ~= digest then
  return false
end
if g[3] then
  if g[4] ~= ARGV[5] then
    return false -- a stranger with a used code ends nothing
  end
  revoke_for_replay(KEYS[1], g[5], id, g[1], g[6], g[7])
  return { 'replayed' }
end
if tonumber(g[8]) <= now then
  return false
end
if g[4] ~= ARGV[5] then
  return { 'mismatch', 'client' }
elseif g[9] ~= ARGV[6] then
  return { 'mismatch', 'redirect_uri' }
elseif g[10] ~= ARGV[7] then
  return { 'mismatch', 'code_verifier' }
end

local access_ends = capped(ARGV[9], g[11])
local expires_in = whole_seconds(access_ends)
if expires_in < 1 then
  return false
end
redis.call('HSET', KEYS[1], 'code_used', '1', 'access', add_access(false, ARGV[8], access_ends, ''))
ends = math.max(ends, access_ends)
if ARGV[10] ~= '' then
  local refresh_ends = capped(ARGV[11], g[11])
  redis.call('HSET', KEYS[1], 'refresh', ARGV[10], 'refresh_ends', stamp(refresh_ends))
  ends = math.max(ends, refresh_ends)
end
extend(KEYS[1], g[5], id, ends)
return { 'issued', g[4], g[9], g[14], g[12], g[13], expires_in }
