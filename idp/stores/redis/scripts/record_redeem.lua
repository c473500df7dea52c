-- Takes the record for good: exactly one caller gets 1. The note stays until the record would have expired.
-- KEYS: record.  ARGV: version, now, note.
local r = redis.call('HMGET', KEYS[1], 'version', 'ends')
if r[1] ~= ARGV[1] or tonumber(r[2]) <= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'note', ARGV[3])
redis.call('HDEL', KEYS[1], 'value', 'version')
return 1
