-- RFC 7009: the live refresh token ends its grant, an access token ends itself, anything else changes nothing.
-- KEYS: grant.  ARGV: base, now, grant id, digest, client.
local g = redis.call('HMGET', KEYS[1], 'ends', 'client', 'citizen', 'refresh', 'refresh_ends', 'access')
if not g[1] or tonumber(g[1]) <= now or g[2] ~= ARGV[5] then
  return 0
end
if g[4] == ARGV[4] then
  if tonumber(g[5]) <= now then
    return 0
  end
  return end_grant(g[3], ARGV[3])
end
local packed, kept, found, at = g[6] or '', {}, 0, 1
while at <= #packed do
  local digest, expires, _, after = struct.unpack(ENTRY, packed, at)
  if digest == ARGV[4] and expires > now then
    found = 1
  else
    kept[#kept + 1] = string.sub(packed, at, after - 1)
  end
  at = after
end
if found == 1 then
  redis.call('HSET', KEYS[1], 'access', table.concat(kept))
end
return found
