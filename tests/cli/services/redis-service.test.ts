/** Redis as a service for developers and tests: it starts, keeps its data over a restart, and says when it is missing. */
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { startRedis } from "../../../cli/services/redis-service.ts";
import { ServiceMissingError } from "../../../cli/services/service.ts";
import { startTestRedis } from "../../support/start-redis.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const probe = await startTestRedis();
await probe?.[Symbol.asyncDispose]();
const suite = probe === null ? describe.skip : describe;

async function ask(address: string, ...words: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(`redis://${address}`);
  const [name, ...args] = words;
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

suite("the Redis service", () => {
  it("comes back after kill -9 on its port, with another process and what was written", async () => {
    await using folder = await openTemporaryFolder();
    await using service = await startRedis({ folder: folder.path, port: 0, appendonly: "always" });
    const { pids, addresses } = service;
    const [address = ""] = addresses;
    expect(await ask(address, "SET", "a", "1")).toBe("OK");
    service.signal("SIGKILL");
    await service.ended();
    await service.restart();
    expect(service.addresses).toEqual(addresses);
    expect(service.pids).not.toEqual(pids);
    expect(await ask(address, "GET", "a")).toBe("1");
    expect(await ask(address, "CONFIG", "GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
  });

  it("forms a cluster of three masters, which a node comes back to", async () => {
    await using folder = await openTemporaryFolder();
    await using service = await startRedis({ folder: folder.path, port: 0, cluster: 3 });
    expect(service.addresses).toHaveLength(3);
    service.signal("SIGKILL", 2);
    await service.ended(2);
    await service.restart(2);
    for (const address of service.addresses) {
      expect(await ask(address, "CLUSTER", "INFO")).toMatch(/cluster_state:ok[^]*cluster_slots_assigned:16384/);
    }
  });

  it("tells why a server does not start, and takes no other on its port for it", async () => {
    await using folder = await openTemporaryFolder();
    await using first = await startRedis({ folder: folder.path, port: 0 });
    const port = Number(first.addresses[0]?.split(":")[1]);
    await using other = await openTemporaryFolder();
    await expect(startRedis({ folder: other.path, port })).rejects.toThrow(/Address already in use/);
  });
});

describe("the Redis service without Redis", () => {
  it("says what to install", async () => {
    await using folder = await openTemporaryFolder();
    const absent = { folder: folder.path, port: 0, program: join(folder.path, "redis-server") };
    await expect(startRedis(absent)).rejects.toThrow(ServiceMissingError);
    await expect(startRedis({ ...absent, cluster: 3 })).rejects.toThrow(/Install Redis 7/);
  });
});
