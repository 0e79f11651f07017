/** What happens to Redis in the fault suite. */
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import type { TestRedis } from "../../support/start-redis.ts";
import { scaled } from "./fault-scale.ts";

export interface RedisFault {
  /** Its number in the table of faults. */
  readonly fault: number;
  readonly name: string;
  readonly appendonly: "no" | "everysec";
  /** Whether it takes all state away. */
  readonly empties: boolean;
  /** Resolves when the server is there again. */
  strike(redis: TestRedis): Promise<void>;
}

const killAndRestart = async ({ service }: TestRedis): Promise<void> => {
  service.signal("SIGKILL");
  await service.ended();
  await wait(1_000);
  await service.restart();
};

export const redisFaultList: readonly RedisFault[] = [
  { fault: 5, name: "Redis kill -9 with AOF off", appendonly: "no", empties: true, strike: killAndRestart },
  { fault: 5, name: "Redis kill -9 with AOF everysec", appendonly: "everysec", empties: false, strike: killAndRestart },
  {
    ...{ fault: 5, name: "Redis FLUSHALL between two commits", appendonly: "no", empties: true },
    strike: (redis) => redisCommand(redis, "FLUSHALL"),
  },
  {
    ...{ fault: 5, name: "Redis DEBUG SLEEP 5", appendonly: "no", empties: false },
    strike: (redis) => redisCommand(redis, "DEBUG", "SLEEP", "5"),
  },
  {
    ...{ fault: 14, name: "Redis frozen", appendonly: "no", empties: false },
    async strike({ service }) {
      service.signal("SIGSTOP");
      await wait(scaled(8_000, 30_000));
      service.signal("SIGCONT");
    },
  },
];

/** Sends one command to the server itself. */
export async function redisCommand(redis: TestRedis, name: string, ...args: readonly string[]): Promise<void> {
  const [host = "", port = ""] = (redis.service.addresses[0] ?? "").split(":");
  const client = new Redis({ host, port: Number(port) });
  await client.call(name, ...args);
  client.disconnect();
}
