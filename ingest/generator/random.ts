/** Seeded randomness: the same seed gives the same numbers, on any machine. */

/** Names to pick from, each with the sum of the weights up to its own. */
export interface Choice<K extends string> {
  readonly names: readonly K[];
  readonly sums: readonly number[];
}

/** A choice by weight: `{ pv: 89, buy: 2 }`. */
export function choice<K extends string>(weights: Readonly<Record<K, number>>): Choice<K> {
  const names = Object.keys(weights) as K[];
  let sum = 0;
  return { names, sums: names.map((name) => (sum += weights[name])) };
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [least, most]. */
  integer(least: number, most: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T;
  weighted<K extends string>(choice: Choice<K>): K;
}

/** sfc32, seeded by the FNV-1a hash of the seed and what it is used for. */
export function createRandom(seed: string | number, use: string): Random {
  let [a, b, c, d] = [hash(`${seed}/${use}/a`), hash(`${seed}/${use}/b`), hash(`${seed}/${use}/c`), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    next,
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError("There is nothing to pick from.");
      return list[Math.floor(next() * list.length)] as (typeof list)[number];
    },
    weighted: (of) => pickWeighted(of, next()),
  };
}

function pickWeighted<K extends string>({ names, sums }: Choice<K>, share: number): K {
  const target = share * (sums.at(-1) ?? 0);
  const found = names[sums.findIndex((sum) => sum > target)];
  if (found === undefined) throw new RangeError("There is nothing to pick from.");
  return found;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value | 0;
}
