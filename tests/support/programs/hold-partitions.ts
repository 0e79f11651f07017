/** A member of a consumer group: prints each assignment and each loss as a line of JSON until it is killed. */
import { writeSync } from "node:fs";
import { openEventLog, type EventLogAddress } from "../open-event-log.ts";

export interface HoldingLine {
  readonly kind: "held" | "lost";
  readonly epoch: number;
  readonly partitions: readonly string[];
}

const [address = "", group = "", topic = ""] = process.argv.slice(2);
const log = await openEventLog(JSON.parse(address) as EventLogAddress);
const say = (line: HoldingLine): void => void writeSync(1, `${JSON.stringify(line)}\n`);

for await (const assignment of log.join(group, [topic], new AbortController().signal)) {
  const { epoch, lost } = assignment;
  const partitions = assignment.partitions.map(({ topic: name, partition }) => `${name}/${partition}`);
  say({ kind: "held", epoch, partitions });
  lost.addEventListener("abort", () => say({ kind: "lost", epoch, partitions }));
}
