/** Has a process of its own send load, so that its CPU is no gateway's. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LoadOrder, LoadReport } from "./load-process.ts";

/** Rejects when a connection breaks or the process fails. */
export async function runLoad(order: LoadOrder): Promise<LoadReport> {
  const child = fork(join(import.meta.dirname, "load-process.js"));
  child.send(order);
  const ended = new AbortController();
  const failed = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("The process that sends the load has failed.");
  });
  try {
    const [report] = (await Promise.race([once(child, "message", { signal: ended.signal }), failed])) as [LoadReport];
    return report;
  } finally {
    ended.abort();
    failed.catch(() => undefined);
  }
}
