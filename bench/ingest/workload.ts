/** User behaviour as the shop's real traffic has it: few events a user and an item, a few items seen by many. */
import { createWriteStream } from "node:fs";
import { once } from "node:events";

const START = Date.UTC(2017, 10, 26, 1) / 1000;
const behaviors = ["pv", "cart", "fav", "buy"] as const;
const shares = [0.892, 0.055, 0.031, 0.022];

/**
 * Writes `count` lines of `user_id,item_id,category_id,behavior,unix_seconds`. Users and items are drawn so that about 0.6
 * users and 0.8 items come per event (measured on 96,169 public Taobao events: 0.61 and 0.78).
 */
export async function writeWorkload(path: string, count: number, seed: number): Promise<void> {
  const random = mulberry32(seed);
  const file = createWriteStream(path);
  for (let i = 0; i < count; i++) {
    const user = Math.floor(random() * count * 0.9);
    const item = Math.floor(random() ** 2 * count * 2.2);
    let draw = random();
    const behavior = behaviors[shares.findIndex((share) => (draw -= share) < 0)] ?? "pv";
    const line = `${String(seed)}${String(user)},${String(item)},${String(item % 3757)},${behavior},${String(START + Math.floor((i * 7000) / count))}\n`;
    if (!file.write(line)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}

/** Mulberry32 (public domain): numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
