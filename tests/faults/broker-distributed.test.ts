/** Faults of Kafka under the distributed profile: ended in order, killed, and frozen, while events come in. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { startTestServices, type TestServices } from "../support/start-services.ts";
import { watchAnswers } from "./harness/distributed-answers.ts";
import { openDistributedDeployment } from "./harness/distributed-deployment.ts";
import { startLoad } from "./harness/distributed-load.ts";
import { scaled } from "./harness/fault-scale.ts";
import { startTcpProxy } from "./harness/tcp-proxy.ts";

const services = await startTestServices();
afterAll(async () => services?.[Symbol.asyncDispose]());

const limitMs = scaled(240_000, 1_800_000);
const events = scaled(5_000, 50_000);
/** Far beyond the time limits of the program: only an answer that never comes takes as long. */
const PATIENCE_MS = 45_000;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface BrokerFault {
  readonly fault: number;
  readonly name: string;
  readonly rounds: number;
  strike(services: TestServices): Promise<void>;
}

const restartBy =
  (signal: NodeJS.Signals) =>
  async ({ kafka }: TestServices): Promise<void> => {
    const [before] = kafka.service.pids;
    kafka.service.signal(signal);
    await kafka.service.ended();
    await kafka.service.restart();
    expect(kafka.service.pids).not.toEqual([before]);
  };

const faults: readonly BrokerFault[] = [
  { fault: 4, name: "Broker restarted in order", rounds: scaled(1, 2), strike: restartBy("SIGTERM") },
  { fault: 4, name: "Broker kill -9", rounds: 2, strike: restartBy("SIGKILL") },
  {
    ...{ fault: 14, name: "Broker frozen", rounds: 1 },
    async strike({ kafka }) {
      kafka.service.signal("SIGSTOP");
      await wait(scaled(10_000, 40_000));
      kafka.service.signal("SIGCONT");
    },
  },
];

function brokerFaults(services: TestServices): void {
  describe("a broker in trouble", () => {
    it.each(faults)(
      "loses nothing, doubles nothing and keeps no question waiting: $name",
      async ({ fault, name, rounds, strike }) => {
        await using proxy = await startTcpProxy(services.redis.service.addresses[0] ?? "");
        await using deployment = await openDistributedDeployment(services, {
          memberEnv: { ONEFOLD_REDIS_URL: `redis://${proxy.address}` },
        });
        const gateway = await deployment.start();
        const { members } = deployment;
        using load = startLoad(deployment, gateway, { name, events });
        await load.untilSent(0.1);
        await using watch = await watchAnswers(gateway.url, load.truth);
        for (let round = 1; round <= rounds; round++) {
          load.allow((round / rounds) * 0.9);
          await load.strikeInFlight(proxy, async () => {
            const health = untilAnswered(gateway.url);
            await strike(services);
            await health;
          });
          await load.untilSent((round / rounds) * 0.9);
          await load.timeRecovery(async () => {
            await deployment.positions.untilReached(await deployment.positions.ends());
          });
        }
        expect(await load.settle()).toEqual([]);
        expect(watch.wrong).toEqual([]);
        expect(watch.right).toBeGreaterThan(0);
        expect(members.every(({ isRunning }) => isRunning)).toBe(true);
        const proof = `a batch on its way each time; ${String(watch.right)} answers right meanwhile`;
        load.report({ fault, name, rounds, proof });
      },
      limitMs,
    );
  });
}

async function untilAnswered(url: string): Promise<void> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  await answer.arrayBuffer();
}

if (services === null) {
  describe.skip("distributed", () => it("needs its services", () => undefined));
} else {
  brokerFaults(services);
}
