/** Faults of the events and of the processes that ingest them, on the distributed profile: real Kafka, Redis, ClickHouse engine. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { openMutatedBuild } from "../simulation/mutated-build.ts";
import { startTestServices, type TestServices } from "../support/start-services.ts";
import { disorderScenario } from "./disorder.scenario.ts";
import { openDistributedDeployment } from "./harness/distributed-deployment.ts";
import { batchInFlight, startLoad } from "./harness/distributed-load.ts";
import { until } from "./harness/distributed-positions.ts";
import { randomOf, scaled } from "./harness/fault-scale.ts";
import { startTcpProxy } from "./harness/tcp-proxy.ts";
import { findFaketime, hoursAhead, withClock } from "./harness/faketime-distributed.ts";

const services = await startTestServices();
afterAll(async () => services?.[Symbol.asyncDispose]());

const limitMs = scaled(240_000, 1_800_000);

if (services === null) {
  describe.skip("distributed", () => it("needs its services", () => undefined));
} else {
  disorderScenario(() => openDistributedDeployment(services));
  ingestFaults(services);
}

function ingestFaults(services: TestServices): void {
  const redisAddress = services.redis.service.addresses[0] ?? "";
  const clickhouseAddress = services.clickhouse.addresses[0] ?? "";

  describe("a process that ingests", () => {
    it(
      "and is killed at any time, again and again, leaves every event counted once",
      async () => {
        const rounds = scaled(3, 10);
        const random = randomOf("kills, distributed");
        // So that something is on its way to the state store at any time.
        await using proxy = await startTcpProxy(redisAddress);
        const memberEnv = { ONEFOLD_REDIS_URL: `redis://${proxy.address}` };
        await using deployment = await openDistributedDeployment(services, { memberEnv });
        const gateway = await deployment.start();
        proxy.delayMs = 50;
        using load = startLoad(deployment, gateway, { name: "kills", events: scaled(10_000, 50_000) });
        let killed = 0;
        for (let round = 1; round <= rounds; round++) {
          load.allow(round / rounds);
          await load.untilSent((round - random.below(1_000) / 1_000) / rounds);
          const victims = random.chance(0.5) ? deployment.members : deployment.members.slice(0, 1);
          await load.strike(async () => {
            for (const victim of victims) expect((await victim.end("SIGKILL")).signal).toBe("SIGKILL");
          });
          killed += victims.length;
          await load.timeRecovery(async () => {
            const ends = await deployment.positions.ends();
            await Promise.all(victims.map(() => deployment.startMember()));
            await deployment.positions.untilReached(ends);
          });
        }
        expect(await load.settle()).toEqual([]);
        expect(load.unreadRounds).toBeGreaterThan(0);
        const proof = `${String(killed)} ended by signal 9, ${String(load.unreadRounds)} times with unread events`;
        load.report({ fault: 1, name: "kill -9 of ingest at any time", rounds, proof });
      },
      limitMs,
    );

    it(
      "and sleeps beyond its session with a batch on its way writes nothing when it wakes up",
      async () => {
        const rounds = scaled(1, 4);
        await using redis = await startTcpProxy(redisAddress);
        await using clickhouse = await startTcpProxy(clickhouseAddress);
        await using deployment = await openDistributedDeployment(services, { members: 1 });
        const { positions } = deployment;
        const gateway = await deployment.start();
        // A long patience, so that it goes on with its batch where it stopped.
        const sleeper = await deployment.startMember({
          env: {
            ONEFOLD_REDIS_URL: `redis://${redis.address}`,
            ONEFOLD_REDIS_COMMAND_TIMEOUT_MS: "120000",
            ONEFOLD_CLICKHOUSE_URL: `http://${clickhouse.address}`,
            ONEFOLD_CLICKHOUSE_REQUEST_TIMEOUT_MS: "120000",
          },
        });
        using load = startLoad(deployment, gateway, { name: "zombie", events: scaled(6_000, 50_000) });
        let heldBytes = 0;
        for (let round = 0; round < rounds; round++) {
          await positions.untilMembers(2);
          const part = (of: number): number => (round + of) / rounds;
          await load.untilSent(part(0.3));
          for (const store of [clickhouse, redis]) store.hold();
          await load.untilSent(part(0.6));
          await until("A batch is on its way", () => redis.holds(batchInFlight));
          await load.strike(() => sleeper.signal("SIGSTOP"));
          heldBytes += redis.heldBytes;
          await load.timeRecovery(async () => {
            await positions.untilMembers(1);
            await positions.untilReached(await positions.ends());
          });
          for (const store of [clickhouse, redis]) store.release();
          sleeper.signal("SIGCONT");
        }
        await positions.untilMembers(2);
        expect(await load.settle()).toEqual([]);
        expect(load.unreadRounds).toBe(rounds);
        expect(sleeper.isRunning).toBe(true);
        const proof = `${String(heldBytes)} bytes for the state store came after another owner's`;
        load.report({ fault: 2, name: "Zombie: SIGSTOP beyond the session", rounds, proof });
      },
      limitMs,
    );

    it(
      "joins, leaves or is lost under load, and every event counts once",
      async () => {
        const rounds = scaled(2, 6);
        await using proxy = await startTcpProxy(redisAddress);
        const memberEnv = { ONEFOLD_REDIS_URL: `redis://${proxy.address}` };
        await using deployment = await openDistributedDeployment(services, { members: 1, memberEnv });
        const { positions } = deployment;
        const gateway = await deployment.start();
        proxy.delayMs = 25;
        let sentMeanwhile = 0;
        using load = startLoad(deployment, gateway, { name: "rebalance", events: scaled(10_000, 50_000), batch: 20 });
        for (let round = 0; round < rounds; round++) {
          load.allow((round + 0.5) / rounds);
          const { sent } = load;
          await Promise.all([deployment.startMember(), deployment.startMember()]);
          await load.timeRecovery(() => positions.untilMembers(3));
          sentMeanwhile += load.sent - sent;
          load.allow((round + 1) / rounds);
          // In the midst of the second half: what was just sent cannot all be read yet.
          await load.untilSent((round + 0.75) / rounds);
          const signal = round % 2 === 0 ? "SIGTERM" : "SIGKILL";
          await load.strike(async () => {
            await Promise.all(deployment.members.slice(0, 2).map((member) => member.end(signal)));
          });
          await load.timeRecovery(() => positions.untilMembers(1));
        }
        expect(await load.settle()).toEqual([]);
        expect(sentMeanwhile).toBeGreaterThan(0);
        expect(load.unreadRounds).toBeGreaterThan(0);
        const proof = `${String(sentMeanwhile)} batches sent while members joined, ${String(load.unreadRounds)} of ${String(rounds)} leaves with unread events`;
        load.report({ fault: 3, name: "Rebalance 1, 3, 1", rounds: rounds * 2, proof });
      },
      limitMs,
    );

    (findFaketime() === null ? it.skip : it)(
      "and has a wrong clock leaves duplicates, order and windows as they are",
      async () => {
        await using deployment = await openDistributedDeployment(services, { members: 0 });
        const { positions } = deployment;
        const ahead = await deployment.launchMember(withClock("+2h"));
        const behind = await deployment.launchMember(withClock("-1d"));
        const gateway = await deployment.start();
        await positions.untilMembers(2);
        const hours = [await hoursAhead(ahead), await hoursAhead(behind)];
        expect(hours.map(Math.round)).toEqual([2, -24]);
        using load = startLoad(deployment, gateway, { name: "clocks", events: scaled(5_000, 50_000) });
        await load.untilSent(0.5);
        await load.strike(async () => {
          await ahead.end("SIGKILL");
        });
        expect(await load.settle()).toEqual([]);
        expect((await deployment.tallies(gateway, 0)).quarantined).toBe(0);
        const proof = `clocks ${hours.map((hour) => hour.toFixed(1)).join(" and ")} hours wrong`;
        load.report({ fault: 11, name: "Clocks that are wrong", rounds: 2, proof });
      },
      limitMs,
    );

    it(
      "and takes every record for a new one counts some twice: the comparison would see it",
      async () => {
        await using build = await openMutatedBuild({
          name: "takes every record for a new one",
          file: "ingest/standardize/dedupe-index.ts",
          find: "if (this.#put(high, low, check, offset)) return true;",
          replace: "this.#put(high, low, check, offset);",
        });
        await using deployment = await openDistributedDeployment(services);
        const gateway = await deployment.start({ program: build.path("cli/main.ts") });
        using load = startLoad(deployment, gateway, { name: "mutant", events: 2_000, repeated: 0.2 });
        expect(await load.settle()).not.toEqual([]);
      },
      limitMs,
    );
  });
}
