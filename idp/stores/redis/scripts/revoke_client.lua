-- Disconnects a client: its grants end, and its releases leave the citizen's sessions, so that the next sign-on asks.
-- KEYS: index of grants, index of sessions.  ARGV: base, now, citizen, client.
local citizen, client, count = ARGV[3], ARGV[4], 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local g = redis.call('HMGET', base .. 'g:' .. id, 'client', 'ends')
  if g[1] == client then
    end_grant(citizen, id)
    if now < tonumber(g[2]) then
      count = count + 1
    end
  end
end
for _, digest in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('HDEL', base .. 's:' .. digest, 'sub:' .. client, 'sid:' .. client, 'scopes:' .. client,
    'claims:' .. client, 'asked:' .. client, 'level:' .. client, 'acting:' .. client, 'until:' .. client)
end
return count
