-- Ends the one of a citizen's own sessions that carries this handle; another citizen's is out of reach by its key.
-- KEYS: index.  ARGV: base, now, handle.
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('HGET', base .. 's:' .. digest, 'handle') == ARGV[3] then
    return end_session(digest)
  end
end
return false
