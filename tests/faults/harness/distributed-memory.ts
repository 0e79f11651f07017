/** How much the processes that ingest keep in memory, looked at again and again. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { OnefoldProcess } from "./onefold-process.ts";
import { readMetrics } from "./read-metrics.ts";

export interface MemorySample extends AsyncDisposable {
  /** The most rows that waited for the series store, over all processes. */
  readonly bufferedRows: number;
  /** The most memory that one process had. */
  readonly residentMb: number;
}

const EVERY_MS = 100;

export function sampleMembers(members: readonly OnefoldProcess[]): MemorySample {
  let [bufferedRows, residentMb] = [0, 0];
  let ends = false;
  const sample = async (): Promise<void> => {
    const rows = await Promise.all(members.map(bufferedRowsOf));
    bufferedRows = Math.max(
      bufferedRows,
      rows.reduce((sum, count) => sum + count, 0),
    );
    residentMb = Math.max(residentMb, ...(await Promise.all(members.map(residentMbOf))));
  };
  const run = async (): Promise<void> => {
    while (!ends) {
      await sample();
      await sleep(EVERY_MS);
    }
  };
  const running = run();
  return {
    get bufferedRows() {
      return bufferedRows;
    },
    get residentMb() {
      return residentMb;
    },
    async [Symbol.asyncDispose]() {
      ends = true;
      await running;
    },
  };
}

async function bufferedRowsOf({ url }: OnefoldProcess): Promise<number> {
  const metrics = await readMetrics(url);
  const rows = metrics.filter(({ name }) => name.startsWith("onefold_ingest_buffered_rows{"));
  return rows.reduce((sum, { value }) => sum + value, 0);
}

/** Linux only; 0 elsewhere. */
async function residentMbOf({ pid }: OnefoldProcess): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
