/** Too few file descriptors, and a small heap: work is refused or slow, and no answer is wrong. */
import { connect } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import { cutBatches, foldPayments, makePayments, paymentText } from "./harness/ledger-events.ts";
import { startProducer } from "./harness/producer.ts";
import { recover } from "./harness/recover.ts";
import { writeFaultResult } from "./report/results.ts";

const DESCRIPTORS = 200;
const HEAP_MB = 96;

describe("an instance", () => {
  it("that has no file descriptor left refuses connections, and recovers", async () => {
    const random = randomOf("descriptors");
    const payments = makePayments({ seed: faultSeed, events: scaled(4_000, 20_000) });
    const batches = cutBatches(payments.map(paymentText), random, 300);
    await using deployment = await openEmbeddedDeployment();
    const limit = `ulimit -n ${String(DESCRIPTORS)}; exec "$0" "$@"`;
    await using process = await deployment.start({ prefix: ["/bin/sh", "-c", limit] });
    const producer = startProducer(deployment, batches, process);
    while (producer.sent < batches.length / 4) await new Promise((resolve) => setImmediate(resolve));
    const sockets = Array.from({ length: DESCRIPTORS * 2 }, () => {
      return connect(Number(new URL(process.url).port), "127.0.0.1").on("error", () => undefined);
    });
    const refused = await untilRefused(process.url);
    for (const socket of sockets) socket.destroy();
    const freed = performance.now();
    await producer.done;
    const { differences } = await recover(process.url, foldPayments(payments));
    expect(differences).toEqual([]);
    expect(refused).toBe(true);
    const recoveredMs = Math.round(performance.now() - freed);
    const of = { fault: 24, name: "No file descriptor left", profile: "embedded", seed: faultSeed } as const;
    const proof = `of ${String(DESCRIPTORS)} none was left: a request was not answered`;
    writeFaultResult({ ...of, rounds: 1, events: payments.length, recoveredMs, differences: 0, proof });
  }, 240_000);

  it("with a small heap takes everything in", async () => {
    const random = randomOf("heap");
    const payments = makePayments({ seed: faultSeed, events: scaled(10_000, 50_000), accounts: 150 });
    await using deployment = await openEmbeddedDeployment();
    await using process = await deployment.start({ nodeArgs: [`--max-old-space-size=${String(HEAP_MB)}`] });
    const batches = cutBatches(payments.map(paymentText), random, 2_000);
    await startProducer(deployment, batches, process).done;
    const { differences, recoveredMs } = await recover(process.url, foldPayments(payments));
    expect(differences).toEqual([]);
    expect(process.isRunning).toBe(true);
    const of = {
      fault: 24,
      name: "A small heap",
      profile: "embedded",
      seed: faultSeed,
      events: payments.length,
    } as const;
    writeFaultResult({
      ...of,
      rounds: 1,
      recoveredMs,
      differences: 0,
      proof: `--max-old-space-size=${String(HEAP_MB)}`,
    });
  }, 240_000);
});

/** Whether a request of its own connection comes to stand without an answer, while connections hold all descriptors. */
async function untilRefused(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const signal = AbortSignal.timeout(3_000);
    const answered = await fetch(`${url}/health`, { signal, headers: { connection: "close" } }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return true;
      },
      () => false,
    );
    if (!answered) return true;
  }
  return false;
}
