-- Merges sketches, whose forms stores/ports/sketch.ts states. Part of apply-batch.lua, after merge-records.lua.
local char, floor, rep = string.char, math.floor, string.rep
local SPARSE, DENSE, ENTRY, REGISTERS, MOST = 1, 2, 3, 4096, 300

local function kindOf(s, at, length)
  local kind = byte(s, at)
  if kind == SPARSE and (length - 1) % ENTRY == 0 then return kind end
  if kind == DENSE and length == 1 + REGISTERS then return kind end
  error("a sketch of " .. length .. " bytes cannot be read", 0)
end

-- The dense sketch that stands in `a` at `at` under the entries of `b` from `j` to before `jb`; nil if they change nothing.
local function overlay(a, at, b, j, jb)
  local out, n, kept = {}, 0, at
  while j < jb do
    local high, low, rank = byte(b, j, j + 2)
    local place = at + 1 + high * 256 + low
    if rank > byte(a, place) then
      out[n + 1], out[n + 2] = sub(a, kept, place - 1), char(rank)
      n, kept = n + 2, place + 1
    end
    j = j + ENTRY
  end
  if n == 0 then return nil end
  out[n + 1] = sub(a, kept, at + REGISTERS)
  return concat(out)
end

local function mergeSparse(a, at, length, b, bt, more)
  local out, n, kept, i, ia = {}, 0, at, at + 1, at + length
  local count = (length - 1) / ENTRY
  for j = bt + 1, bt + more - 1, ENTRY do
    local high, low, rank = byte(b, j, j + 2)
    local register, first, last = high * 256 + low, 0, (ia - i) / ENTRY
    while first < last do
      local middle = floor((first + last) / 2)
      local x, y = byte(a, i + middle * ENTRY, i + middle * ENTRY + 1)
      if x * 256 + y < register then first = middle + 1 else last = middle end
    end
    i = i + first * ENTRY
    local x, y, held = byte(a, i, i + 2)
    if i < ia and x * 256 + y == register then
      if rank > held then
        out[n + 1], out[n + 2] = sub(a, kept, i + 1), char(rank)
        n, kept = n + 2, i + ENTRY
      end
      i = i + ENTRY
    else
      out[n + 1], out[n + 2] = sub(a, kept, i - 1), sub(b, j, j + 2)
      n, kept, count = n + 2, i, count + 1
    end
  end
  if n == 0 then return nil end
  out[n + 1] = sub(a, kept, ia - 1)
  local merged = concat(out)
  if count <= MOST then return merged end
  return overlay("\2" .. rep("\0", REGISTERS), 1, merged, 2, #merged + 1)
end

local function mergeDense(a, at, b, bt)
  local out, n, kept, STEP = {}, 0, at, 32
  for i = 1, REGISTERS, STEP do
    if sub(a, at + i, at + i + STEP - 1) ~= sub(b, bt + i, bt + i + STEP - 1) then
      for k = i, i + STEP - 1 do
        local rank = byte(b, bt + k)
        if rank > byte(a, at + k) then
          out[n + 1], out[n + 2] = sub(a, kept, at + k - 1), char(rank)
          n, kept = n + 2, at + k + 1
        end
      end
    end
  end
  if n == 0 then return nil end
  out[n + 1] = sub(a, kept, at + REGISTERS)
  return concat(out)
end

local function combineRegisters(a, at, length, b, bt, more)
  if more == 0 then return nil end
  local new = kindOf(b, bt, more)
  if length == 0 then return sub(b, bt, bt + more - 1) end
  local old = kindOf(a, at, length)
  if old == SPARSE and new == SPARSE then return mergeSparse(a, at, length, b, bt, more) end
  if old == DENSE and new == SPARSE then return overlay(a, at, b, bt + 1, bt + more) end
  if old == DENSE then return mergeDense(a, at, b, bt) end
  return overlay(b, bt, a, at + 1, at + length) or sub(b, bt, bt + more - 1)
end
