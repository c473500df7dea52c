-- How many hits are left. KEYS: one window.  ARGV: now, count and seconds of the window.
local now, count, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local room = count
for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, count - 1)) do
  if tonumber(at) + seconds > now then
    room = room - 1
  end
end
return room
