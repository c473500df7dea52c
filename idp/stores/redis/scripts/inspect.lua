-- Reads a grant for a resource and marks the proof used that came with its token (RFC 9449 section 11.1), in one step.
-- Only a live grant is worth a mark: nobody fills the store with proofs for tokens that never were.
-- KEYS: grant, mark.  ARGV: base, now, end of the mark, fields...
local ends = redis.call('HGET', KEYS[1], 'ends')
if not ends or tonumber(ends) <= now then
  return false
end
local used = redis.call('GET', KEYS[2])
if used and tonumber(used) > now then
  return { 'used' }
end
redis.call('SET', KEYS[2], ARGV[3], 'PX', life(tonumber(ARGV[3])))
return { 'fields', unpack(redis.call('HMGET', KEYS[1], unpack(ARGV, 4))) }
