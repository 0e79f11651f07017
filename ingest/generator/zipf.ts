/** Zipf's law: the few that everybody looks at, and the many that hardly anybody does. */
import type { Random } from "./random.ts";

/** Draws ranks 0 to `count` − 1, rank r with probability in proportion to 1 / (r + 1)^`exponent`. */
export function createZipf(count: number, exponent: number): (random: Random) => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += (rank + 1) ** -exponent;
  return (random) => {
    const target = random.next() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
