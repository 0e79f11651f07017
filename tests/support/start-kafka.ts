/** A real Kafka for one test file, and a name space for each test. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startKafka, type KafkaServiceOptions } from "../../cli/services/kafka-service.ts";
import { ServiceMissingError, type RunningService } from "../../cli/services/service.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";
import { openTemporaryFolder } from "./temporary-folder.ts";

export interface TestKafka extends AsyncDisposable {
  readonly service: RunningService;
  /** How to reach it, with a name space that nobody else has. */
  readonly options: () => KafkaOptions;
}

/**
 * Starts Kafka in a folder of its own; both end with the disposal. Null, with a loud reason, where Kafka cannot be started
 * here: the file's tests are then to be skipped. Where `ONEFOLD_REQUIRE_SERVICES` is 1, that is an error instead.
 */
export async function startTestKafka(options: Partial<KafkaServiceOptions> = {}): Promise<TestKafka | null> {
  const folder = await openTemporaryFolder();
  try {
    const service = await startKafka({ folder: join(folder.path, "kafka"), port: 0, heapMb: 256, ...options });
    return {
      service,
      options: () => ({
        brokers: service.addresses,
        clientId: "test",
        namespace: `t${randomBytes(6).toString("hex")}.`,
      }),
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    if (!(error instanceof ServiceMissingError) || process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw error;
    process.stderr.write(`\nSKIPPED, for Kafka cannot be started here: ${error.message}\n`);
    return null;
  }
}
