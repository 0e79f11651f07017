/** The event log in memory keeps the contract of the port. */
import { createMemoryEventLog } from "../../stores/memory/event-log.ts";
import { eventLogContract } from "./event-log.contract.ts";

eventLogContract({ name: "memory EventLog", open: () => Promise.resolve(createMemoryEventLog()) });
