-- The script of WrkClient: wrk ... URL -- FILE USERS NAME_WIDTH TOKEN_WIDTH COUPONS THREADS LAG [TEMPLATE USER_AT COUPON_AT TOKEN_AT]...
--
-- Each thread has its own slice of the users. A request is made by writing name, coupon and token into a prepared buffer:
-- one copy and one Lua string a request. There is no response(): it would cost more than the requests.
local ffi = require 'ffi'
ffi.cdef [[
int open(const char *path, int flags);
void *mmap(void *address, size_t length, int protection, int flags, int file, long offset);
]]

local PROT_READ, MAP_PRIVATE, MAP_POPULATE = 1, 2, 0x8000
local threads = {}

function setup(thread)
  thread:set('number', #threads)
  threads[#threads + 1] = thread
end

function init(args)
  local users, name_width, token_width = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  local coupon_count, thread_count, lag = tonumber(args[5]), tonumber(args[6]), tonumber(args[7])
  local width = name_width + token_width + 1
  local slice = math.floor(users / thread_count)

  local file = ffi.C.open(args[1], 0)
  local map = ffi.C.mmap(nil, users * width, PROT_READ, MAP_PRIVATE + MAP_POPULATE, file, 0)
  if file < 0 or ffi.cast('intptr_t', map) == -1 then error('cannot read ' .. args[1]) end
  local lines = ffi.cast('const char *', map) + number * slice * width

  local coupons = {}
  for i = 0, coupon_count - 1 do coupons[i] = string.format('c%04d', i) end
  local steps = {}
  for i = 8, #args, 4 do
    local step = {length = #args[i], user_at = tonumber(args[i + 1]), coupon_at = tonumber(args[i + 2]), token_at = tonumber(args[i + 3])}
    step.buffer = ffi.new('char[?]', step.length)
    ffi.copy(step.buffer, args[i], step.length)
    steps[#steps + 1] = step
  end

  local step_count, copy, to_string, floor = #steps, ffi.copy, ffi.string, math.floor
  sent = 0
  function request()
    local turn = sent % step_count
    local step = steps[turn + 1]
    -- Connections take turns, so a user's next step is on another one: it comes late enough for the former to be answered.
    local user = (floor(sent / step_count) - turn * lag) % slice
    sent = sent + 1
    local line, buffer = lines + user * width, step.buffer
    if step.user_at >= 0 then copy(buffer + step.user_at, line, name_width) end
    if step.coupon_at >= 0 then copy(buffer + step.coupon_at, coupons[user % coupon_count], 5) end
    copy(buffer + step.token_at, line + name_width, token_width)
    return to_string(buffer, step.length)
  end
end

function done(summary, latency)
  local counts = {}
  for i, thread in ipairs(threads) do counts[i] = thread:get('sent') end
  local errors = summary.errors
  print(string.format('RESULT {"answers":%d,"failures":%d,"faults":%d,"micros":%d,"p50":%d,"p99":%d,"sent":[%s]}',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.duration,
    latency:percentile(50), latency:percentile(99), table.concat(counts, ',')))
end
