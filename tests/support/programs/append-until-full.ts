/** Appends to an embedded log until it is refused, then trims and appends once more; prints how each of it went. */
import { OnefoldError } from "../../../schema/errors.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";

const [path = ""] = process.argv.slice(2);
await using log = await openEmbeddedEventLog({ path });
await log.createTopic("events", { partitions: 1 });

let appended = 0;
let refusal = "nothing";
while (refusal === "nothing") refusal = await append();
console.log(appended);
console.log(refusal);
console.log(await countRecords());
await log.trim("events", 0, appended / 2);
const again = await append();
console.log(again === "nothing" ? "appended" : again);

/** Appends a hundred records of 200 bytes; answers the code of the refusal. */
async function append(): Promise<string> {
  const records = Array.from({ length: 100 }, () => ({ key: null, value: Buffer.alloc(200, 65), sequence: null }));
  try {
    await log.append("events", { origin: { format: "json", producer: "test" }, records, time: 0 });
    appended += records.length;
    return "nothing";
  } catch (error) {
    return error instanceof OnefoldError ? error.code : String(error);
  }
}

async function countRecords(): Promise<number> {
  for (let from = 0; ;) {
    const { next } = await log.read("events", 0, from);
    if (next === from) return next;
    from = next;
  }
}
