-- Prelude: the tokens inside a grant. An access token is one entry of a packed list: digest (32 bytes), expiry (double)
-- and what it is, in lines: scope ('' stands for the whole scope of the grant), binding, audience, holder ('' the
-- grant's own client), actors, time of issue. Digests are compared plainly: nobody can choose a text by the beginning
-- of its SHA-256, so the time of a comparison tells nothing.
local ENTRY = '<c32dHc0'
local MOST_ACCESS, MOST_DELEGATED, MOST_SPENT, SPENT_BYTES, TOMBSTONE_SECONDS = 8, 24, 4096, 16, 600

local function capped(seconds, cap)
  local ends = now + tonumber(seconds)
  return cap == '' and ends or math.min(ends, tonumber(cap))
end

local function about(scope, binding, audience, holder, actors)
  return table.concat({ scope, binding, audience, holder, actors, stamp(now) }, '\n')
end

local function holder_of(text)
  return string.match(text, '^[^\n]*\n[^\n]*\n[^\n]*\n([^\n]*)') or ''
end

-- The live entries and the new one. At most MOST_ACCESS of the grant's own client and MOST_DELEGATED of others, who
-- therefore push out none of its own; the oldest give way.
local function add_access(packed, digest, ends, text)
  local delegated, entries, like, at = holder_of(text) ~= '', {}, 0, 1
  while packed and at <= #packed do
    local _, expires, other, after = struct.unpack(ENTRY, packed, at)
    if expires > now then
      local alike = (holder_of(other) ~= '') == delegated
      entries[#entries + 1] = { string.sub(packed, at, after - 1), alike }
      like = like + (alike and 1 or 0)
    end
    at = after
  end
  local most, kept = delegated and MOST_DELEGATED or MOST_ACCESS, {}
  for _, entry in ipairs(entries) do
    if entry[2] and like >= most then
      like = like - 1
    else
      kept[#kept + 1] = entry[1]
    end
  end
  kept[#kept + 1] = struct.pack(ENTRY, digest, ends, #text, text)
  return table.concat(kept)
end

-- Whom a new access token is for (RFC 8707 section 2.2): of the granted resources the one that is named ('=' .. uri;
-- '=' alone is the provider itself), or the only one there is. False: another one, or one of several must be named.
local function audience_of(named, granted)
  granted = granted or ''
  if named == '' then
    return not string.find(granted, ' ', 1, true) and granted
  end
  local audience = string.sub(named, 2)
  return scope_within(audience, ' ' .. granted .. ' ') and audience
end

-- Once bound, always bound. `keyed`: to the same key, as nothing else authenticates a public client (RFC 9449 section 5);
-- others authenticate, and may change keys, but not fall back to no key at all (RFC 8705 section 7.1).
local function binding_fits(had, given, keyed)
  if not had or had == '' then
    return true
  end
  if keyed == '1' then
    return had == given
  end
  return string.match(had, '^[^:]*') == string.match(given, '^[^:]*')
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
  redis.call('HDEL', key, 'core', 'claims', 'access', 'refresh', 'refresh_ends', 'scope',
    'before', 'before_ends', 'salt')
  redis.call('PEXPIRE', key, life(grave))
  redis.call('ZREM', grants_of(citizen), id)
end

local function whole_seconds(ends)
  return math.floor(ends - now + 0.000001)
end
