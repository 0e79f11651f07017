/** The fast path over real Redis: messages arrive, and arrive again after whatever happened to the servers. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { openRedisFastPath } from "../../../../stores/distributed/change-feed/redis-fast-path.ts";
import type { RedisOptions } from "../../../../stores/distributed/redis/redis-options.ts";
import { startTestRedis, type TestRedis } from "../../../support/start-redis.ts";

const [single, cluster] = await Promise.all([startTestRedis(), startTestRedis({ cluster: 3 })]);

afterAll(async () => {
  for (const service of [single, cluster]) await service?.[Symbol.asyncDispose]();
}, 60_000);

/** Their slots lie on all three nodes of a cluster. */
const channels = Array.from({ length: 24 }, (_, at) => `events/${at}`);

class Listening implements AsyncDisposable {
  readonly heard = new Map<string, string[]>();
  connections = 0;
  readonly sender: ReturnType<typeof openRedisFastPath>;
  readonly listener: ReturnType<typeof openRedisFastPath>;

  constructor(options: RedisOptions) {
    this.sender = openRedisFastPath(options);
    this.listener = openRedisFastPath(options);
    this.listener.listen(channels, {
      message: (channel, message) => {
        this.heard.set(channel, [...(this.heard.get(channel) ?? []), message.toString("utf8")]);
      },
      connected: () => {
        this.connections++;
      },
    });
  }

  /** Sends on all channels again and again, until each has brought something. */
  async untilAllHeard(): Promise<void> {
    this.heard.clear();
    while (this.heard.size < channels.length) {
      for (const channel of channels) this.sender.send(channel, Buffer.from(channel));
      await wait(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
    await this.listener[Symbol.asyncDispose]();
  }
}

for (const [name, redis] of [
  ["one Redis", single],
  ["a Redis Cluster", cluster],
] as const) {
  (redis === null ? describe.skip : describe)(`the fast path over ${name}`, () => {
    const { service, options } = redis as TestRedis;
    const optionsOf = (): RedisOptions => options.call(redis, { commandTimeoutMs: 1000 });

    it("brings messages of a channel in order, bytes as they are", async () => {
      await using path = new Listening(optionsOf());
      await path.untilAllHeard();
      path.heard.clear();
      const sent = Array.from({ length: 200 }, (_, at) => `${at}: ü`);
      for (const text of sent) path.sender.send("events/7", Buffer.from(text));
      const heard = (): readonly string[] => (path.heard.get("events/7") ?? []).filter((text) => text !== "events/7");
      while (heard().length < sent.length) await wait(5);
      expect(heard()).toEqual(sent);
    });

    it("keeps to its namespace", async () => {
      await using path = new Listening(optionsOf());
      await using other = new Listening(optionsOf());
      await Promise.all([path.untilAllHeard(), other.untilAllHeard()]);
      path.sender.send("events/0", Buffer.from("mine"));
      while (!path.heard.get("events/0")?.includes("mine")) await wait(5);
      await other.untilAllHeard();
      expect(other.heard.get("events/0")).not.toContain("mine");
    });

    it("brings messages again after each server was killed and started again, and says so", async () => {
      await using path = new Listening(optionsOf());
      await path.untilAllHeard();
      for (let server = 0; server < service.pids.length; server++) {
        const { connections } = path;
        service.signal("SIGKILL", server);
        await service.ended(server);
        for (const channel of channels) path.sender.send(channel, Buffer.from("lost"));
        await service.restart(server);
        await path.untilAllHeard();
        while (path.connections === connections) await wait(20);
      }
    }, 60_000);

    it("brings messages again after all servers were killed at once", async () => {
      await using path = new Listening(optionsOf());
      await path.untilAllHeard();
      const all = service.pids.map((_, server) => server);
      for (const server of all) service.signal("SIGKILL", server);
      await Promise.all(all.map((server) => service.ended(server)));
      await wait(500);
      await Promise.all(all.map((server) => service.restart(server)));
      await path.untilAllHeard();
    }, 60_000);

    it("brings messages again after a server was frozen", async () => {
      await using path = new Listening(optionsOf());
      await path.untilAllHeard();
      service.signal("SIGSTOP");
      for (let at = 0; at < 2000; at++) path.sender.send("events/0", Buffer.alloc(10_000));
      await wait(1500);
      service.signal("SIGCONT");
      await path.untilAllHeard();
    }, 60_000);

    it("takes a new connection when it is told that messages do not seem to arrive", async () => {
      await using path = new Listening(optionsOf());
      await path.untilAllHeard();
      const { connections } = path;
      path.listener.renew();
      while (path.connections === connections) await wait(20);
      await path.untilAllHeard();
    });
  });
}

(single === null ? describe.skip : describe)("a process that listens", () => {
  it("has one connection for it, whatever the number of channels", async () => {
    const redis = single as TestRedis;
    await using path = new Listening(redis.options());
    await path.untilAllHeard();
    const [address = ""] = redis.service.addresses;
    const admin = new Redis(Number(address.split(":")[1]), { host: "127.0.0.1" });
    const clients = String(await admin.client("LIST")).split("\n");
    admin.disconnect();
    const listening = clients.map((line) => Number(/ ssub=(\d+)/.exec(line)?.[1] ?? 0)).filter((count) => count > 0);
    expect(listening).toEqual([channels.length]);
  });
});
