-- Compare-and-swap. A record that was redeemed has no version, so it is never brought back.
-- KEYS: record.  ARGV: version, now, sealed value.
local r = redis.call('HMGET', KEYS[1], 'version', 'ends')
if r[1] ~= ARGV[1] or tonumber(r[2]) <= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'value', ARGV[3], 'version', tonumber(r[1]) + 1)
return 1
