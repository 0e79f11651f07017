/** Memory of a process over time: its heap as it tells itself, and whether a series of figures grows. */

export interface MemorySample {
  /** Since the start of the run. */
  readonly seconds: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
}

/** What V8 has in use, from the process's metrics. */
export async function readHeapMiB(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  const bytes = /^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(await answer.text())?.[1];
  return Number(bytes ?? Number.NaN) / 2 ** 20;
}

/** Of the line through (x, y) that least squares fit best: y for each x. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let above = 0;
  let below = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

/** Of the run, before which tables, caches and windows are still filling. */
const SETTLED_FROM = 0.4;
/** Growth over the settled part, as a share of the settled mean, that collections alone explain. */
export const MOST_GROWTH = 0.1;

/** Resident memory over the settled part of a run: its mean, and its growth along the fitted line. */
export function settledGrowth(samples: readonly MemorySample[]): {
  readonly meanMiB: number;
  readonly grownMiB: number;
} {
  const settled = samples.slice(Math.floor(samples.length * SETTLED_FROM));
  const meanMiB = settled.reduce((sum, { rssMiB }) => sum + rssMiB, 0) / settled.length;
  const span = (settled.at(-1)?.seconds ?? 0) - (settled[0]?.seconds ?? 0);
  return { meanMiB, grownMiB: slopeOf(settled.map(({ seconds, rssMiB }) => [seconds, rssMiB])) * span };
}
