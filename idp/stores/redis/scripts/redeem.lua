-- Redeems a code exactly once (RFC 6749 section 4.1.2, RFC 9700 section 2.1.1): compare, mark and mint in one step.
-- KEYS: grant.
-- ARGV: base, now, grant id, code digest, client, redirect_uri, code_challenge, access digest, access life,
--       refresh digest ('' mints none), refresh life, binding ('' none), resource ('' not named, else '=' .. uri).
local id, digest, binding = ARGV[3], ARGV[4], ARGV[12]
local g = redis.call('HMGET', KEYS[1], 'ends', 'code', 'code_used', 'client', 'citizen', 'spent', 'refresh',
  'code_ends', 'redirect_uri', 'challenge', 'cap', 'core', 'claims', 'scope', 'jkt', 'resources')
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
local audience = audience_of(ARGV[13], g[16])
if g[4] ~= ARGV[5] then
  return { 'mismatch', 'client' }
elseif g[9] ~= ARGV[6] then
  return { 'mismatch', 'redirect_uri' }
elseif g[10] ~= ARGV[7] then
  return { 'mismatch', 'code_verifier' }
elseif g[15] and binding ~= 'jkt:' .. g[15] then
  return { 'mismatch', 'dpop_jkt' }
elseif not audience then
  return { 'mismatch', 'resource' }
end

local access_ends = capped(ARGV[9], g[11])
local expires_in = whole_seconds(access_ends)
if expires_in < 1 then
  return false
end
local text = about('', binding, audience, '', '')
redis.call('HSET', KEYS[1], 'code_used', '1', 'access', add_access(false, ARGV[8], access_ends, text))
ends = math.max(ends, access_ends)
if ARGV[10] ~= '' then
  local refresh_ends = capped(ARGV[11], g[11])
  redis.call('HSET', KEYS[1], 'refresh', ARGV[10], 'refresh_ends', stamp(refresh_ends))
  if binding ~= '' then
    redis.call('HSET', KEYS[1], 'binding', binding)
  end
  ends = math.max(ends, refresh_ends)
end
extend(KEYS[1], g[5], id, ends)
return { 'issued', g[4], g[9], g[14], g[12], g[13], g[16] or '', text, stamp(access_ends), expires_in }
