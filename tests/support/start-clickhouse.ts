/** The ClickHouse endpoint in a folder of its own, which goes with it. It needs nothing that a clone does not have. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startClickHouse, type ClickHouseServiceOptions } from "../../cli/services/clickhouse-service.ts";
import type { RunningService } from "../../cli/services/service.ts";
import { builtSource } from "./built-sources.ts";

export interface TestClickHouse extends RunningService {
  readonly url: string;
}

export async function startTestClickHouse(
  options: Pick<ClickHouseServiceOptions, "credentials" | "configFile"> = {},
): Promise<TestClickHouse> {
  const folder = await mkdtemp(join(tmpdir(), "onefold-clickhouse-"));
  const program = await builtSource("cli/services/clickhouse/endpoint-program.ts");
  const service = await startClickHouse({ ...options, folder, port: 0, program });
  return {
    name: service.name,
    get pids() {
      return service.pids;
    },
    addresses: service.addresses,
    signal: service.signal,
    restart: service.restart,
    ended: service.ended,
    url: `http://${service.addresses[0] ?? ""}`,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
