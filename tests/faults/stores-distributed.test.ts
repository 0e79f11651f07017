/** Faults of Redis and ClickHouse under the distributed profile: gone, emptied, frozen, or with their answers lost. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { startReplyCutter } from "../support/reply-cutter.ts";
import { startTestRedis } from "../support/start-redis.ts";
import { startTestServices, type TestServices } from "../support/start-services.ts";
import { watchAnswers } from "./harness/distributed-answers.ts";
import { openDistributedDeployment } from "./harness/distributed-deployment.ts";
import { dumpLedger } from "./harness/distributed-dump.ts";
import { startLoad } from "./harness/distributed-load.ts";
import { sampleMembers } from "./harness/distributed-memory.ts";
import { until } from "./harness/distributed-positions.ts";
import { redisCommand, redisFaultList } from "./harness/distributed-redis-faults.ts";
import { scaled } from "./harness/fault-scale.ts";
import { startTcpProxy } from "./harness/tcp-proxy.ts";

const services = await startTestServices();
afterAll(async () => services?.[Symbol.asyncDispose]());

const limitMs = scaled(240_000, 1_800_000);
const events = scaled(5_000, 50_000);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function redisFaults(services: TestServices): void {
  describe("a state store in trouble", () => {
    it.each(redisFaultList)(
      "answers right or not at all, and is whole afterwards: $name",
      async ({ fault, name, appendonly, empties, strike }) => {
        await using redis = await startTestRedis({ appendonly, debug: true });
        if (redis === null) throw new Error("Redis is gone.");
        await using proxy = await startTcpProxy(redis.service.addresses[0] ?? "");
        await using deployment = await openDistributedDeployment(services, {
          redis,
          env: { ONEFOLD_REDIS_COMMAND_TIMEOUT_MS: "2000" },
          memberEnv: { ONEFOLD_REDIS_URL: `redis://${proxy.address}` },
        });
        const { positions } = deployment;
        const gateway = await deployment.start();
        const before = await positions.generation();
        using load = startLoad(deployment, gateway, { name, events });
        await load.untilSent(0.4);
        await positions.untilReached(await positions.ends());
        await using watch = await watchAnswers(gateway.url, load.truth);
        load.allow(0.8);
        await load.strikeInFlight(proxy, () => strike(redis));
        expect(await load.settle()).toEqual([]);
        expect(watch.wrong).toEqual([]);
        const refusals = Object.values(watch.refused).reduce((sum, count) => sum + count, 0);
        expect(refusals).toBeGreaterThan(0);
        expect((await positions.generation()) > before).toBe(empties);
        if (empties) expect(watch.refused["STORE_REBUILDING"]).toBeGreaterThan(0);
        const proof = `${String(refusals)} answers refused (${Object.keys(watch.refused).join(", ")}), ${String(watch.right)} right, a batch on its way`;
        load.report({ fault, name, rounds: 1, proof });
      },
      limitMs,
    );
  });
}

function clickhouseFaults(services: TestServices): void {
  const { clickhouse } = services;
  const address = clickhouse.addresses[0] ?? "";

  describe("a series store in trouble", () => {
    it(
      "that is gone for a while is waited for in bounded memory, and catches up",
      async () => {
        await using proxy = await startTcpProxy(address);
        const flushRows = 500;
        const batchRecords = 100;
        await using deployment = await openDistributedDeployment(services, {
          env: {
            ONEFOLD_INGEST_SERIES_FLUSH_ROWS: String(flushRows),
            ONEFOLD_INGEST_BATCH_RECORDS: String(batchRecords),
          },
          memberEnv: { ONEFOLD_CLICKHOUSE_URL: `http://${proxy.address}` },
        });
        // A heap that does not bear much more than what is needed.
        const gateway = await deployment.start({ nodeArgs: ["--max-old-space-size=160"] });
        const { members } = deployment;
        using load = startLoad(deployment, gateway, { name: "ClickHouse away", events: scaled(10_000, 50_000) });
        await load.untilSent(0.1);
        await using watch = await watchAnswers(gateway.url, load.truth);
        load.allow(1);
        await using sampled = sampleMembers(members);
        await load.strikeInFlight(proxy, async () => {
          clickhouse.signal("SIGKILL");
          await clickhouse.ended();
          await wait(scaled(15_000, 60_000));
          await clickhouse.restart();
        });
        expect(await load.settle()).toEqual([]);
        expect(watch.wrong).toEqual([]);
        expect(members.every(({ isRunning }) => isRunning)).toBe(true);
        // Each partition may add one batch to what waits: a row of DWD for each record, and three of buckets at most.
        expect(sampled.bufferedRows).toBeLessThanOrEqual(flushRows * members.length + 4 * batchRecords * 4);
        expect(sampled.bufferedRows).toBeGreaterThan(0);
        const proof = `${String(sampled.bufferedRows)} rows waited at most, ${String(sampled.residentMb)} MB resident`;
        load.report({ fault: 6, name: "ClickHouse killed and away", rounds: 1, proof });
      },
      limitMs,
    );

    it(
      "that is frozen leaves no request without an answer, and goes on",
      async () => {
        await using proxy = await startTcpProxy(address);
        await using deployment = await openDistributedDeployment(services, {
          env: { ONEFOLD_CLICKHOUSE_REQUEST_TIMEOUT_MS: "3000" },
          memberEnv: { ONEFOLD_CLICKHOUSE_URL: `http://${proxy.address}` },
        });
        const gateway = await deployment.start();
        using load = startLoad(deployment, gateway, { name: "ClickHouse frozen", events });
        await load.untilSent(0.4);
        await using watch = await watchAnswers(gateway.url, load.truth);
        load.allow(0.8);
        await load.strikeInFlight(proxy, async () => {
          clickhouse.signal("SIGSTOP");
          await wait(scaled(8_000, 30_000));
          clickhouse.signal("SIGCONT");
        });
        expect(await load.settle()).toEqual([]);
        expect(watch.wrong).toEqual([]);
        const refusals = Object.values(watch.refused).reduce((sum, count) => sum + count, 0);
        expect(refusals).toBeGreaterThan(0);
        const proof = `${String(refusals)} answers refused in time, ${String(watch.right)} right, an insert on its way`;
        load.report({ fault: 14, name: "ClickHouse frozen", rounds: 1, proof });
      },
      limitMs,
    );

    it(
      "whose answers are lost after the write gets it again, from another process, and keeps it once",
      async () => {
        const rounds = scaled(3, 10);
        await using clickhouseCutter = await startReplyCutter(address);
        await using redisCutter = await startReplyCutter(services.redis.service.addresses[0] ?? "");
        await using deployment = await openDistributedDeployment(services, {
          members: 1,
          memberEnv: {
            ONEFOLD_CLICKHOUSE_URL: clickhouseCutter.url,
            ONEFOLD_REDIS_URL: redisCutter.url.replace("http:", "redis:"),
          },
        });
        const gateway = await deployment.start();
        using load = startLoad(deployment, gateway, { name: "answers lost", events });
        for (let round = 0; round < rounds; round++) {
          const [inserts, writes] = [clickhouseCutter.cuts + 1, redisCutter.cuts + 1];
          clickhouseCutter.cutNext(1, /INSERT\+INTO\+(%60)?g\d+_dwd_Payment/);
          redisCutter.cutNext(1, /EVALSHA[^]*Account/);
          load.allow((round + 1) / rounds);
          await until("Answers are cut", () => clickhouseCutter.cuts >= inserts && redisCutter.cuts >= writes);
          // Some of what was written and not answered is written again by another one, in other batches.
          const old = deployment.members;
          await load.strike(async () => {
            await Promise.all(old.map((member) => member.end("SIGKILL")));
          });
          const batch = round % 2 === 0 ? "37" : "500";
          await deployment.startMember({ env: { ONEFOLD_INGEST_BATCH_RECORDS: batch } });
        }
        expect(await load.settle()).toEqual([]);
        const proof = `${String(clickhouseCutter.cuts)} answers of ClickHouse and ${String(redisCutter.cuts)} of Redis cut`;
        load.report({ fault: 7, name: "Answers lost after the write", rounds, proof });
      },
      limitMs,
    );
  });
}

function rebuild(services: TestServices): void {
  it(
    "a rebuild of everything from the first event gives the same answers, bit for bit",
    async () => {
      await using redis = await startTestRedis();
      if (redis === null) throw new Error("Redis is gone.");
      await using deployment = await openDistributedDeployment(services, { redis });
      const gateway = await deployment.start();
      using load = startLoad(deployment, gateway, { name: "rebuild", events: scaled(8_000, 50_000), repeated: 0.3 });
      expect(await load.settle()).toEqual([]);
      const before = await dumpLedger(gateway.url, load.truth);
      await Promise.all([gateway, ...deployment.members].map((process) => process.end()));
      await redisCommand(redis, "FLUSHALL");
      await deployment.dropSeries();
      // Other reads of the log, and other flushes, than those that the models were built with.
      const again = await deployment.start({ env: { ONEFOLD_INGEST_BATCH_RECORDS: "211" } });
      expect(await load.settle(again)).toEqual([]);
      const after = await dumpLedger(again.url, load.truth);
      expect(after).toBe(before);
      const proof = `Redis and the database were emptied; hash ${after.slice(0, 16)} before and after`;
      load.report({ fault: 23, name: "Rebuild from the first event", rounds: 1, proof });
    },
    limitMs,
  );
}

if (services === null) {
  describe.skip("distributed", () => it("needs its services", () => undefined));
} else {
  redisFaults(services);
  clickhouseFaults(services);
  rebuild(services);
}
