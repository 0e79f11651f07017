/** Writes a seeded file in the form of the raw user-behaviour records: headerless CSV with skewed items and sparse users. */
import { writeFile } from "node:fs/promises";

const start = Date.UTC(2017, 10, 26, 1) / 1000;
const behaviors = ["pv", "cart", "fav", "buy"] as const;
const shares = [0.892, 0.055, 0.031, 0.022];

/** The lines, in time order over two hours; the same seed gives the same lines. No two are equal. */
export function userBehaviorLines(count: number, seed: number): readonly string[] {
  const random = mulberry32(seed);
  const users = Math.ceil(count * 0.6);
  const items = Math.ceil(count * 0.8);
  return Array.from({ length: count }, (_, i) => {
    const user = 1000 + Math.floor(random() * users);
    // A cubed uniform number: a few items are seen often, most once.
    const item = 100_000 + Math.floor(items * random() ** 3);
    let draw = random();
    const behavior = behaviors[shares.findIndex((share) => (draw -= share) < 0)] ?? "pv";
    return `${String(user)},${String(item)},${String(item % 977)},${behavior},${String(start + Math.floor((i * 7000) / count))}`;
  });
}

export async function writeUserBehavior(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, `${lines.join("\n")}\n`);
}

/** A reproducible order of the lines. */
export function shuffled(lines: readonly string[], seed: number): readonly string[] {
  const random = mulberry32(seed);
  const out = [...lines];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] ?? "", out[i] ?? ""];
  }
  return out;
}

/** Mulberry32 (public domain): numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
