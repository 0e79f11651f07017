/** Real Redis for one test file, or the reason why its tests are skipped. */
import { startRedis, type RedisServiceOptions } from "../../cli/services/redis-service.ts";
import { ServiceMissingError, type RunningService } from "../../cli/services/service.ts";
import type { RedisOptions } from "../../stores/distributed/redis/redis-options.ts";
import { openTemporaryFolder } from "./temporary-folder.ts";

export interface TestRedis extends AsyncDisposable {
  readonly service: RunningService;
  readonly isCluster: boolean;
  /** How to reach it under a namespace of its own: what one test writes, no other sees. */
  options(more?: Partial<RedisOptions>): RedisOptions;
}

type Settings = Omit<RedisServiceOptions, "folder" | "port">;

/**
 * Starts Redis in a folder that goes with it, without a log of writes unless asked for. Null, with a loud reason, where
 * it is not installed: skip the suite then, `(redis === null ? describe.skip : describe)(…)`.
 * @throws ServiceMissingError instead when services are required (`ONEFOLD_REQUIRE_SERVICES=1`)
 */
export async function startTestRedis(settings: Settings = {}): Promise<TestRedis | null> {
  const folder = await openTemporaryFolder();
  try {
    const service = await startRedis({ appendonly: "no", ...settings, folder: folder.path, port: 0 });
    return new StartedRedis(service, folder, settings.cluster !== undefined);
  } catch (fault) {
    await folder[Symbol.asyncDispose]();
    if (!(fault instanceof ServiceMissingError) || process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw fault;
    console.warn(`SKIPPED, real Redis is missing: ${fault.message}`);
    return null;
  }
}

class StartedRedis implements TestRedis {
  readonly service: RunningService;
  readonly isCluster: boolean;
  readonly #folder: AsyncDisposable;
  #namespaces = 0;

  constructor(service: RunningService, folder: AsyncDisposable, isCluster: boolean) {
    this.service = service;
    this.#folder = folder;
    this.isCluster = isCluster;
  }

  options(more: Partial<RedisOptions> = {}): RedisOptions {
    const nodes = this.service.addresses.map((address) => {
      const [host = "", port] = address.split(":");
      return { host, port: Number(port) };
    });
    return { nodes, cluster: this.isCluster, namespace: `test${this.#namespaces++}`, ...more };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
