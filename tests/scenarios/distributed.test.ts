/** The scenarios of the first graph, unchanged, on the distributed profile: real Kafka, Redis and the ClickHouse engine over HTTP. */
import { afterAll, describe, it } from "@jest/globals";
import { useEnvironment } from "../support/onefold-program.ts";
import { startTestServices } from "../support/start-services.ts";
import { liveGraphScenario } from "./live-graph.scenario.ts";
import { malformedInputScenario } from "./malformed-input.scenario.ts";
import { rebuildScenario } from "./rebuild.scenario.ts";
import { userBehaviorFileScenario } from "./user-behavior-file.scenario.ts";

const services = await startTestServices();

if (services === null) {
  describe.skip("distributed", () => it("needs its services", () => undefined));
} else {
  useEnvironment((dataDir) => services.environment(dataDir));
  afterAll(async () => services[Symbol.asyncDispose]());
  liveGraphScenario("distributed");
  rebuildScenario("distributed");
  malformedInputScenario("distributed");
  // Fewer rounds: a group misses a killed member only when its session is over. The fault suite kills more.
  userBehaviorFileScenario("distributed", 6);
}
