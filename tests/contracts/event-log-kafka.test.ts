/** The event log of the distributed profile, on a real Kafka, keeps the contract of the port. */
import { afterAll, describe } from "@jest/globals";
import { basename } from "node:path";
import type { EventLog } from "../../stores/ports/event-log.ts";
import { openEventLog, type EventLogAddress } from "../support/open-event-log.ts";
import { startTestKafka } from "../support/start-kafka.ts";
import { durableEventLogContract } from "./durable-event-log.contract.ts";
import { eventLogContract } from "./event-log.contract.ts";

const kafka = await startTestKafka();
afterAll(async () => {
  await kafka?.[Symbol.asyncDispose]();
});

const name = "Kafka EventLog";
/** A folder stands for a name space of the cluster. */
const address = (folder: string): EventLogAddress => ({
  kind: "kafka",
  options: { brokers: kafka?.service.addresses ?? [], clientId: "test", namespace: `${basename(folder)}.` },
});
const open = (folder: string): Promise<EventLog> => openEventLog(address(folder));

(kafka === null ? describe.skip : describe)("on a real Kafka", () => {
  eventLogContract({ name, open });
  durableEventLogContract({ name, open, address });
});
