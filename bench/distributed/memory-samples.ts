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
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
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
