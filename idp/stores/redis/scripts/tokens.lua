-- Prelude: the tokens inside a grant. An access token is one entry of a packed list: digest (32 bytes), expiry (double),
-- scope ('' stands for the whole scope of the grant). Digests are compared plainly: nobody can choose a text by the
-- beginning of its SHA-256, so the time of a comparison tells nothing.
local ENTRY = '<c32dHc0'
local MOST_ACCESS, MOST_SPENT, SPENT_BYTES, TOMBSTONE_SECONDS = 8, 4096, 16, 600

local function capped(seconds, cap)
  local ends = now + tonumber(seconds)
  return cap == '' and ends or math.min(ends, tonumber(cap))
end

-- The live entries and the new one; at most MOST_ACCESS, the oldest give way.
local function add_access(packed, digest, ends, scope)
  local entries, at = {}, 1
  while packed and at <= #packed do
    local _, expires, _, after = struct.unpack(ENTRY, packed, at)
    if expires > now then
      entries[#entries + 1] = string.sub(packed, at, after - 1)
    end
    at = after
  end
  while #entries >= MOST_ACCESS do
    table.remove(entries, 1)
  end
  entries[#entries + 1] = struct.pack(ENTRY, digest, ends, #scope, scope)
  return table.concat(entries)
end

-- Refresh tokens that were used, by the first half of their digest: a replay is told from a stranger's guess.
local function add_spent(spent, digest)
  spent = (spent or '') .. string.sub(digest, 1, SPENT_BYTES)
  if #spent > MOST_SPENT * SPENT_BYTES then
    spent = string.sub(spent, SPENT_BYTES + 1)
  end
  return spent
end

local function was_spent(spent, digest)
  return spent and string.find(spent, string.sub(digest, 1, SPENT_BYTES), 1, true) ~= nil
end

-- The grant lives as long as the longest of what it has promised.
local function extend(key, citizen, id, ends)
  redis.call('HSET', key, 'ends', stamp(ends))
  redis.call('PEXPIRE', key, life(ends))
  local index = grants_of(citizen)
  redis.call('ZADD', index, stamp(ends), id)
  keep_index(index, ends)
end

-- After a replay: nothing can be minted or inspected any more, and for a while further replays are still known as such.
local function revoke_for_replay(key, citizen, id, ends, spent, refresh)
  local grave = math.min(tonumber(ends), now + TOMBSTONE_SECONDS)
  redis.call('HSET', key, 'code_used', '1', 'ends', stamp(grave),
    'spent', refresh and add_spent(spent, refresh) or spent or '')
  redis.call('HDEL', key, 'core', 'claims', 'access', 'refresh', 'refresh_ends', 'scope')
  redis.call('PEXPIRE', key, life(grave))
  redis.call('ZREM', grants_of(citizen), id)
end

local function whole_seconds(ends)
  return math.floor(ends - now + 0.000001)
end
