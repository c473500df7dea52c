-- Undoes record_take. A record that was redeemed has no value, so it is never brought back.
-- KEYS: record.
local version = redis.call('HGET', KEYS[1], 'taken')
if not version then
  return 0
end
redis.call('HSET', KEYS[1], 'version', version)
redis.call('HDEL', KEYS[1], 'note', 'taken')
return 1
