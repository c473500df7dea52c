-- Ends every session of a citizen but one, and every grant that does not hang on that one, offline or not: after a
-- proof or a compromise nothing older may go on working (the pre-hijacking attacks, USENIX Security 2022).
-- KEYS: index.  ARGV: base, now, citizen, digest of the session to keep or ''.
local citizen, keep, line = ARGV[3], ARGV[4], false
if keep ~= '' then
  local kept = redis.call('HMGET', base .. 's:' .. keep, 'citizen', 'line')
  if kept[1] == citizen then
    line = kept[2]
  else
    keep = ''
  end
end
local ended = {}
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if digest ~= keep then
    ended[#ended + 1] = end_session(digest) or nil
  end
end
for _, id in ipairs(redis.call('ZRANGE', grants_of(citizen), 0, -1)) do
  if not line or redis.call('HGET', base .. 'g:' .. id, 'session') ~= line then
    end_grant(citizen, id)
  end
end
return ended
