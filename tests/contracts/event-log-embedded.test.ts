/** The event log of the embedded profile keeps the contract of the port, and outlives its process. */
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import { durableEventLogContract } from "./durable-event-log.contract.ts";
import { eventLogContract } from "./event-log.contract.ts";

const name = "embedded EventLog";
const open = (path: string): ReturnType<typeof openEmbeddedEventLog> => openEmbeddedEventLog({ path });

eventLogContract({ name, open });
durableEventLogContract({ name, open, appendForEver: "append-for-ever", logThread: "log-thread" });
