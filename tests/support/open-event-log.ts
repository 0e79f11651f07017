/** Opens an event log by an address that can be handed to another thread or process. */
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";

/** As JSON. */
export type EventLogAddress =
  { readonly kind: "embedded"; readonly path: string } | { readonly kind: "kafka"; readonly options: KafkaOptions };

export async function openEventLog(address: EventLogAddress): Promise<EventLog> {
  switch (address.kind) {
    case "embedded":
      return await openEmbeddedEventLog({ path: address.path });
    case "kafka": {
      const { openKafkaEventLog } = await import("../../stores/distributed/kafka/kafka-event-log.ts");
      return openKafkaEventLog(address.options);
    }
  }
}
