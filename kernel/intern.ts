/** Numbers distinct keys from 0 on. The hash only says where to look; the bytes decide. */

/** A table: number of keys, bytes used in its arena; slots (a key's number plus one, 0 means empty); entries; the arena. */
const SLOTS: usize = 16;
const SLOT_COUNT: u32 = 131072;
const ENTRIES: usize = SLOTS + (<usize>SLOT_COUNT << 2);
/** Numbers have 16 bits. */
const MOST_KEYS: i32 = 65536;
const ARENA: usize = ENTRIES + (<usize>MOST_KEYS << 4);
const ARENA_SIZE: usize = 7 << 20;

// @ts-expect-error: decorator
@inline
function entry(table: usize, number: i32): usize {
  return table + ENTRIES + (<usize>number << 4);
}

// @ts-expect-error: decorator
@inline
export function sizeOf(table: usize): i32 {
  return load<i32>(table);
}

/** Returns whether a new key of up to `length` bytes can be added. */
export function hasRoomFor(table: usize, length: i32): bool {
  return sizeOf(table) < MOST_KEYS && load<u32>(table, 4) + length + 16 <= <u32>ARENA_SIZE;
}

export function clear(table: usize): void {
  memory.fill(table, 0, ENTRIES);
}

function isSame(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  return true;
}

/** Of the key that was looked for last: its hash, and its slot, which is empty for a new key. */
let short: u32 = 0;
let slotOfKey: usize = 0;

/** Returns the number of the key; -1 for a new one. Zeros must follow the key up to the next 16 bytes. */
export function find(table: usize, key: usize, length: usize): i32 {
  let hash: u64 = length;
  for (let i: usize = 0; i < length; i += 8) {
    hash = (hash ^ load<u64>(key + i)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  short = <u32>(hash ^ (hash >> 32));
  let slot = short & (SLOT_COUNT - 1);
  while (true) {
    const at = table + SLOTS + (<usize>slot << 2);
    const number = load<i32>(at) - 1;
    slotOfKey = at;
    if (number < 0) return -1;
    const found = entry(table, number);
    if (load<u32>(found) == short && <usize>load<i32>(found, 8) == length && isSame(load<u32>(found, 4), key, length)) {
      return number;
    }
    slot = (slot + 1) & (SLOT_COUNT - 1);
  }
}

/** Returns the number of the key, as find does. A new key gets the size before the call; -1 means that the table is full. */
export function intern(table: usize, key: usize, length: usize): i32 {
  const known = find(table, key, length);
  if (known >= 0) return known;
  const size = sizeOf(table);
  const used = <usize>load<u32>(table, 4);
  const padded = (length + 15) & ~15;
  if (size >= MOST_KEYS || used + padded > ARENA_SIZE) return -1;
  const kept = table + ARENA + used;
  memory.copy(kept, key, padded);
  const fresh = entry(table, size);
  store<u32>(fresh, short);
  store<u32>(fresh, <u32>kept, 4);
  store<i32>(fresh, <i32>length, 8);
  store<i32>(slotOfKey, size + 1);
  store<i32>(table, size + 1);
  store<u32>(table, <u32>(used + padded), 4);
  return size;
}
