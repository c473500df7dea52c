-- Sliding windows, exact: a list keeps the times of the last `count` hits, newest first. A window is full while the
-- oldest of them is younger than the window. First all are looked at; they are counted only if all have room.
-- KEYS: any number of windows.  ARGV: now, '1' to count or '0' to look, then count and seconds of each window.
-- Answers false, or {position of the first full one, seconds to wait}.
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local count, seconds = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local oldest = redis.call('LINDEX', key, count - 1)
  if oldest and tonumber(oldest) + seconds > now then
    return { i, string.format('%.6f', tonumber(oldest) + seconds - now) }
  end
end
if ARGV[2] == '1' then
  for i, key in ipairs(KEYS) do
    local count, seconds = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
    redis.call('LPUSH', key, ARGV[1])
    redis.call('LTRIM', key, 0, count - 1)
    redis.call('PEXPIRE', key, math.max(1, math.ceil(seconds * 1000)))
  end
end
return false
