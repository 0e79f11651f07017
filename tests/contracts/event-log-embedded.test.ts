/** The event log of the embedded profile keeps the contract of the port, and outlives its process. */
import type { EventLog } from "../../stores/ports/event-log.ts";
import { openEventLog, type EventLogAddress } from "../support/open-event-log.ts";
import { durableEventLogContract } from "./durable-event-log.contract.ts";
import { eventLogContract } from "./event-log.contract.ts";

const name = "embedded EventLog";
const address = (path: string): EventLogAddress => ({ kind: "embedded", path });
const open = (path: string): Promise<EventLog> => openEventLog(address(path));

eventLogContract({ name, open });
durableEventLogContract({ name, open, address });
