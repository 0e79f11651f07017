/** Appends batches to a log until it is killed, several in flight; prints the number of each durable batch. */
import { writeSync } from "node:fs";
import { openEventLog, type EventLogAddress } from "../open-event-log.ts";

const [address = "", first = "0"] = process.argv.slice(2);
const log = await openEventLog(JSON.parse(address) as EventLogAddress);
await log.createTopic("events", { partitions: 4 });

const inFlight: Promise<void>[] = [];
for (let batch = Number(first); ; batch++) {
  inFlight.push(append(batch));
  if (inFlight.length >= 4) await inFlight.shift();
}

/** Every batch has its own number of records, some of them large, each saying what it is. */
async function append(batch: number): Promise<void> {
  const records = Array.from({ length: 1 + ((batch * 37) % 300) }, (_, at) => {
    const text = `${batch}:${at}:${"x".repeat(at === 7 ? 20_000 : at % 50)}`;
    return { key: `key-${at % 13}`, value: Buffer.from(text), sequence: batch * 1000 + at };
  });
  const result = await log.append("events", {
    origin: { format: "json", producer: "test" },
    records,
    time: batch,
    producer: { name: "test", expectedVersion: batch, state: String(records.length) },
  });
  if (result.kind !== "appended") throw new Error(`batch ${batch} was refused`);
  writeSync(1, `${batch}\n`);
}
