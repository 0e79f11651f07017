-- Combines the values of one field, as stores/ports/state-algebra.ts says. Part of apply-batch.lua.
--
-- A record is its fields, ascending by number: number (4), then for a sum int64, for others length (4) and payload. The
-- number's upper 3 bits are the operation. At the end stand 4 bytes of padding. A member's part of a batch has the same
-- form. Big-endian.
--   1 greatest   the bytes
--   2 recent     keep (4), count (4), then of each entry, descending: length (4), bytes, length (4)
--   3 registers  a sketch
--   4 window     keep (4), then of each bucket, newest first: start (8, double), int64
--   7 add        int64
--
-- Lua's numbers are doubles: an int64 is two halves of 32 bits. Lua's `<` on strings asks the locale: bytes are compared.
local byte, sub, concat, min = string.byte, string.sub, table.concat, math.min
local pack, parse = struct.pack, struct.unpack
local INT64, HALF = ">I4I4", 4294967296

-- Whether the bytes of `a` from `i` to `ia` come after those of `b` from `j` to `jb`.
local function isGreater(a, i, ia, b, j, jb)
  while i + 7 <= ia and j + 7 <= jb do
    local ah, al = parse(INT64, a, i)
    local bh, bl = parse(INT64, b, j)
    if ah ~= bh then return ah > bh end
    if al ~= bl then return al > bl end
    i, j = i + 8, j + 8
  end
  while i <= ia and j <= jb do
    local x, y = byte(a, i), byte(b, j)
    if x ~= y then return x > y end
    i, j = i + 1, j + 1
  end
  return i <= ia
end

-- Two's complement: what goes over the top comes in at the bottom.
local function addInt64(ah, al, bh, bl)
  local high, low = ah + bh, al + bl
  if low >= HALF then high, low = high + 1, low - HALF end
  if high >= HALF then high = high - HALF end
  return pack(INT64, high, low)
end

local function combineGreatest(a, at, length, b, bt, more)
  if isGreater(b, bt, bt + more - 1, a, at, at + length - 1) then return sub(b, bt, bt + more - 1) end
end

-- Takes entries from both, greatest first, until the new ones are used up; what is left of the old ones is cut out whole.
local function combineRecent(a, at, length, b, bt, more)
  local keep, count = min((parse(">I4", a, at)), (parse(">I4", b, bt))), 0
  local out, n = {}, 1
  local i, ia, j, jb = at + 8, at + length, bt + 8, bt + more
  local oldCount, taken = parse(">I4", a, at + 4), 0
  while j < jb and count < keep do
    local size = parse(">I4", b, j)
    local isOld, isBoth = false, false
    if i < ia then
      local held = parse(">I4", a, i)
      if isGreater(a, i + 4, i + 3 + held, b, j + 4, j + 3 + size) then
        isOld, size = true, held
      else
        isBoth = not isGreater(b, j + 4, j + 3 + size, a, i + 4, i + 3 + held)
      end
    end
    n, count = n + 1, count + 1
    if isOld then
      out[n] = sub(a, i, i + size + 7)
      i, taken = i + size + 8, taken + 1
    else
      out[n] = sub(b, j, j + size + 7)
      j = j + size + 8
      if isBoth then i, taken = i + size + 8, taken + 1 end
    end
  end
  local rest, stop = oldCount - taken, ia - 1
  while count + rest > keep do
    stop, rest = stop - 8 - parse(">I4", a, stop - 3), rest - 1
  end
  n = n + 1
  out[n] = sub(a, i, stop)
  out[1] = pack(INT64, keep, count + rest)
  return concat(out)
end

local function combineWindow(a, at, length, b, bt, more)
  local keep, count = min((parse(">I4", a, at)), (parse(">I4", b, bt))), 0
  local out, n = { pack(">I4", keep) }, 1
  local i, ia, j, jb = at + 4, at + length, bt + 4, bt + more
  while j < jb and count < keep do
    local start = parse(">d", b, j)
    local held = i < ia and parse(">d", a, i)
    n, count = n + 1, count + 1
    if held and held > start then
      out[n], i = sub(a, i, i + 15), i + 16
    elseif held == start then
      local ah, al = parse(INT64, a, i + 8)
      local bh, bl = parse(INT64, b, j + 8)
      out[n] = sub(a, i, i + 7) .. addInt64(ah, al, bh, bl)
      i, j = i + 16, j + 16
    else
      out[n], j = sub(b, j, j + 15), j + 16
    end
  end
  out[n + 1] = sub(a, i, min(ia, i + (keep - count) * 16) - 1)
  return concat(out)
end
