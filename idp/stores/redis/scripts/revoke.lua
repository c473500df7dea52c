-- RFC 7009: the live refresh token ends its grant, an access token ends itself, anything else changes nothing. Whoever
-- exchanged for an access token is the one who may revoke it.
-- KEYS: grant.  ARGV: base, now, grant id, digest, client.
local g = redis.call('HMGET', KEYS[1], 'ends', 'client', 'citizen', 'refresh', 'refresh_ends', 'access', 'before')
if not g[1] or tonumber(g[1]) <= now then
  return 0
end
-- The token before the live one too: who lost the answer of a rotation holds no other (RFC 7009 section 2.1).
if g[4] == ARGV[4] or g[7] == ARGV[4] then
  if g[2] ~= ARGV[5] or tonumber(g[5]) <= now then
    return 0
  end
  return end_grant(g[3], ARGV[3])
end
local packed, kept, found, at = g[6] or '', {}, 0, 1
while at <= #packed do
  local digest, expires, text, after = struct.unpack(ENTRY, packed, at)
  local holder = holder_of(text)
  if digest == ARGV[4] and expires > now and (holder == '' and g[2] or holder) == ARGV[5] then
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
