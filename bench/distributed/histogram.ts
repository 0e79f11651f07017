/** Latencies as percentiles and a printed histogram. Milliseconds. */

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export function percentiles(latencies: readonly number[]): Percentiles {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

export function describePercentiles({ count, p50, p95, p99, most }: Percentiles): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, most ${ms(most)} (${count.toLocaleString("en-US")})`;
}

/** Upper bounds of the printed classes. */
const BOUNDS = [5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 250, 500, 1000, 2000, 5000, Infinity];
const BAR_WIDTH = 50;

/** One line a class: its upper bound, its count, its share of all up to there, and a bar. */
export function histogramLines(latencies: readonly number[]): readonly string[] {
  const counts = BOUNDS.map((bound, i) => latencies.filter((ms) => ms <= bound && ms > (BOUNDS[i - 1] ?? -1)).length);
  const greatest = Math.max(...counts, 1);
  let sum = 0;
  return counts.flatMap((count, i) => {
    sum += count;
    if (count === 0) return [];
    const bound = BOUNDS[i] === Infinity ? "more" : `${String(BOUNDS[i])} ms`;
    const share = ((100 * sum) / latencies.length).toFixed(2).padStart(6);
    return [
      `  ≤ ${bound.padStart(8)} ${String(count).padStart(8)} ${share} % ${"█".repeat(Math.ceil((count / greatest) * BAR_WIDTH))}`,
    ];
  });
}
