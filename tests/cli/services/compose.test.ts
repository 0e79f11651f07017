/** `compose.yaml` has the ports, versions and settings of `onefold services`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { kafkaVersion } from "../../../cli/services/kafka-jars.ts";
import { kafkaProperties } from "../../../cli/services/kafka-settings.ts";
import { standardKafka, standardRedis, standardServices } from "../../../cli/services/standard-services.ts";

interface ComposeService {
  readonly image: string;
  readonly ports: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

const root = join(import.meta.dirname, "../../..");
const text = readFileSync(join(root, "compose.yaml"), "utf8");
const { services } = parse(text) as { readonly services: Readonly<Record<string, ComposeService>> };

describe("compose.yaml", () => {
  it("has the services of `onefold services` on their ports, for this machine only", () => {
    const expected = standardServices.map(({ name, port }) => [name, [`127.0.0.1:${port}:${port}`]]);
    expect(Object.entries(services).map(([name, { ports }]) => [name, ports])).toEqual(expected);
  });

  it("has the Kafka that is started without containers, with its settings", () => {
    const { image, environment = {} } = services["kafka"] ?? { image: "" };
    expect(image).toBe(`apache/kafka:${kafkaVersion}`);
    const properties = new Map(
      kafkaProperties({ port: 9092, controllerPort: 9093, dataFolder: "/var/lib/kafka/data" })
        .trim()
        .split("\n")
        .map((line): [string, string] => [
          `KAFKA_${line.slice(0, line.indexOf("=")).replaceAll(".", "_").toUpperCase()}`,
          line.slice(line.indexOf("=") + 1),
        ]),
    );
    // A container listens on all its addresses, and finds itself by name; its script knows the heap.
    const own = ["KAFKA_LISTENERS", "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_HEAP_OPTS"];
    const shared = Object.entries(environment).filter(([name]) => !own.includes(name));
    expect(shared.length).toBeGreaterThan(15);
    expect(shared).toEqual(shared.map(([name]) => [name, properties.get(name)]));
    expect(environment["KAFKA_HEAP_OPTS"]).toBe(`-Xms${standardKafka.heapMb}m -Xmx${standardKafka.heapMb}m`);
  });

  it("keeps Redis's state as it is kept without containers", () => {
    const { image, command = [] } = services["redis"] ?? { image: "" };
    expect(image).toMatch(/^redis:7(\.\d+)*$/);
    const setting = (name: string) => command[command.indexOf(`--${name}`) + 1];
    expect(setting("maxmemory-policy")).toBe(standardRedis.maxmemoryPolicy);
    expect(setting("appendonly")).toBe("yes");
    expect(setting("appendfsync")).toBe(standardRedis.appendonly);
  });

  it("says that the project's tests do not run it", () => {
    expect(text).toMatch(/^# .*`onefold services`/m);
    expect(text).toContain("not this file");
  });
});
