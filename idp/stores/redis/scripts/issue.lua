-- Writes a grant that begins without a code, with its first tokens and its index entry.
-- KEYS: grant.
-- ARGV: base, now, grant id, client, citizen, scope, core, claims, offline ('1' or '0'), life in all ('' no such end),
--       access digest, access life, refresh digest ('' mints none), refresh life, binding ('' none), audience,
--       resources, most grants.
local id, citizen, binding = ARGV[3], ARGV[5], ARGV[15]
local cap = ARGV[10] == '' and '' or stamp(now + tonumber(ARGV[10]))
local access_ends = capped(ARGV[12], cap)
local ends, text = access_ends, about('', binding, ARGV[16], '', '')
redis.call('HSET', KEYS[1], 'client', ARGV[4], 'redirect_uri', '', 'scope', ARGV[6], 'core', ARGV[7], 'claims', ARGV[8],
  'citizen', citizen, 'session', '', 'offline', ARGV[9], 'cap', cap, 'resources', ARGV[17], 'binding', binding,
  'access', add_access(false, ARGV[11], access_ends, text))
if ARGV[13] ~= '' then
  local refresh_ends = capped(ARGV[14], cap)
  redis.call('HSET', KEYS[1], 'refresh', ARGV[13], 'refresh_ends', stamp(refresh_ends))
  ends = math.max(ends, refresh_ends)
end
redis.call('HSET', KEYS[1], 'ends', stamp(ends))
redis.call('PEXPIRE', KEYS[1], life(ends))
index_grant(citizen, id, ends, ARGV[18])
return { 'issued', ARGV[4], '', ARGV[6], ARGV[7], ARGV[8], ARGV[17], text, stamp(access_ends),
  whole_seconds(access_ends) }
