-- Reads a record and takes it in one step: exactly one caller gets the value. It stays until its expiry, without a version,
-- so that it may be put back, but neither replaced nor redeemed meanwhile.
-- KEYS: record.  ARGV: now, note.  Answers false, {0, note} or {1, version, value}.
local r = redis.call('HMGET', KEYS[1], 'version', 'value', 'ends', 'note')
if not r[3] or tonumber(r[3]) <= tonumber(ARGV[1]) then
  return false
end
if r[4] then
  return { 0, r[4] }
end
if not r[1] then
  return false
end
redis.call('HSET', KEYS[1], 'note', ARGV[2], 'taken', r[1])
redis.call('HDEL', KEYS[1], 'version')
return { 1, r[1], r[2] }
