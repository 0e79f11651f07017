/** A thread that opens the same log as the test: it follows a partition, or contends for one producer. */
import { parentPort, workerData } from "node:worker_threads";
import { openEventLog, type EventLogAddress } from "../open-event-log.ts";

export type LogThreadTask =
  | { readonly kind: "follow"; readonly address: EventLogAddress; readonly until: number }
  | { readonly kind: "contend"; readonly address: EventLogAddress; readonly until: number };

const task = workerData as LogThreadTask;
const origin = { format: "json", producer: "thread" } as const;
await using log = await openEventLog(task.address);
switch (task.kind) {
  case "follow":
    await follow(task.until);
    break;
  case "contend":
    await contend(task.until);
    break;
}

/** Posts the values it reads, chunk by chunk, up to offset `until`. */
async function follow(until: number): Promise<void> {
  parentPort?.postMessage("following");
  for (let from = 0; from < until;) {
    const { records, next } = await log.read("events", 0, from, { waitMs: 20_000 });
    for (const { value } of records) parentPort?.postMessage(Buffer.from(value).toString());
    from = next;
  }
}

/** Counts one producer up to `until` together with others; posts how often it was this thread that counted, and tried. */
async function contend(until: number): Promise<void> {
  let won = 0;
  for (let tried = 0; ; tried++) {
    // What nobody refuses keeps the other threads from getting their commits through at the first try.
    await log.append("noise", {
      origin,
      records: [{ key: null, value: Buffer.from("noise"), sequence: null }],
      time: 0,
    });
    const [state] = await log.producers("counter");
    const version = state?.version ?? 0;
    if (version >= until) {
      parentPort?.postMessage([won, tried + 1]);
      return;
    }
    const producer = { name: "counter", expectedVersion: version, state: String(version + 1) };
    const records = [{ key: null, value: Buffer.from(String(version)), sequence: null }];
    const result = await log.append("events", { origin, records, time: 0, producer });
    if (result.kind === "appended") won++;
  }
}
