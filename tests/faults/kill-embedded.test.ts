/** `kill -9` of the embedded instance: at system calls one by one, and at any time, while events are not yet applied. */
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { openMutatedBuild } from "../simulation/mutated-build.ts";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, isFull, randomOf, scaled } from "./harness/fault-scale.ts";
import { fillLog, inspectDump, inspectLag } from "./harness/inspect-data-dir.ts";
import { cutBatches, foldPayments, makePayments, paymentText } from "./harness/ledger-events.ts";
import type { Launch, OnefoldProcess } from "./harness/onefold-process.ts";
import { startProducer } from "./harness/producer.ts";
import { recover, type Recovery } from "./harness/recover.ts";
import { findStrace, killAt, readPlaces, traceTo, type Place } from "./harness/traced-calls.ts";
import { writeFaultResult } from "./report/results.ts";

const seed = faultSeed;
const profile = "embedded";
const strace = findStrace();

describe("an instance that is killed", () => {
  (strace === null ? it.skip : it)(
    "at any of its system calls counts every event of a batch once",
    async () => {
      const random = randomOf("calls");
      const payments = makePayments({ seed, events: 200, accounts: 12 });
      const truth = foldPayments(payments);
      await using folder = await openTemporaryFolder();
      const file = join(folder.path, "payments.ndjson");
      await writeFile(file, payments.map(paymentText).join("\n"));
      const filled = join(folder.path, "filled");
      await runOn({ from: null, to: filled }, {}, (process) => process.untilHealth("ok"));
      await fillLog(filled, file);
      const calls = join(folder.path, "calls");
      await runOn({ from: filled, to: join(folder.path, "traced") }, { prefix: traceTo(calls) }, async (process) => {
        await process.untilHealth("ok");
        await recover(process.url, truth);
      });
      const all = await readPlaces(calls);
      const places = isFull ? all : random.shuffle(all).slice(0, 6);
      let unread = 0;
      let killed = 0;
      let recoveredMs = 0;
      for (const [i, place] of places.entries()) {
        const dataDir = join(folder.path, `killed-${String(i)}`);
        if (!(await killOn({ from: filled, to: dataDir }, place))) continue;
        killed++;
        const { end, stateTo } = await inspectLag(dataDir);
        if (stateTo < end) unread++;
        await runOn({ from: null, to: dataDir }, {}, async (process) => {
          await process.untilHealth("ok");
          const recovery = await recover(process.url, truth);
          expect({ place, ...recovery }).toMatchObject({ differences: [] });
          recoveredMs = Math.max(recoveredMs, recovery.recoveredMs);
        });
        const { rows, ids } = await inspectDump(dataDir);
        expect([rows, ids]).toEqual([200, 200]);
      }
      expect(killed).toBeGreaterThan(0);
      expect(unread).toBeGreaterThan(0);
      const proof = `${String(killed)} ended by signal 9, ${String(unread)} with unread events, of ${String(all.length)} places`;
      const of = { fault: 1, name: "kill -9 at a system call", profile, seed, rounds: killed, events: 200 } as const;
      writeFaultResult({ ...of, recoveredMs, differences: 0, proof });
    },
    isFull ? 6 * 3_600_000 : 300_000,
  );

  it("at any time, again and again, counts every event once", async () => {
    const { differences, proof, ...of } = await killAtTimes(scaled(2, 20), {});
    expect(differences).toEqual([]);
    writeFaultResult({ fault: 1, name: "kill -9 at any time", profile, seed, ...of, differences: 0, proof });
  }, 900_000);

  it("and takes every record for a new one does not: the comparison would see it", async () => {
    await using build = await openMutatedBuild({
      name: "takes every record for a new one",
      file: "ingest/standardize/dedupe-index.ts",
      find: "if (this.#put(high, low, check, offset)) return true;",
      replace: "this.#put(high, low, check, offset);",
    });
    const { differences } = await killAtTimes(1, { program: build.path("cli/main.ts") }, 2_000);
    expect(differences).not.toEqual([]);
  }, 300_000);
});

interface KillRun {
  readonly rounds: number;
  readonly events: number;
  readonly recoveredMs: number;
  readonly differences: readonly string[];
  readonly proof: string;
}

/** A producer sends, and sends again what was not acknowledged; the instance is killed under it, and started again. */
async function killAtTimes(rounds: number, launch: Launch, events = scaled(10_000, 50_000)): Promise<KillRun> {
  const random = randomOf("kills");
  const payments = makePayments({ seed, events });
  // Some batches are sent twice, so that there is something to be counted twice after a kill as well.
  const batches = cutBatches(payments.map(paymentText), random, 60).flatMap((batch) => {
    return random.chance(0.1) ? [batch, batch] : [batch];
  });
  await using deployment = await openEmbeddedDeployment();
  let process = await deployment.start(launch);
  const producer = startProducer(deployment, batches, process);
  let unread = 0;
  let recoveredMs = 0;
  for (let round = 1; round <= rounds; round++) {
    // The kill falls anywhere within this round's share of the batches.
    const at = Math.floor(((round - random.below(1_000) / 1_000) * batches.length) / rounds);
    while (producer.sent < at && !producer.isDone) await new Promise((resolve) => setImmediate(resolve));
    expect(await process.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    const { end, stateTo } = await inspectLag(deployment.dataDir);
    if (stateTo < end || !producer.isDone) unread++;
    const started = performance.now();
    process = await deployment.start(launch);
    recoveredMs = Math.max(recoveredMs, Math.round(performance.now() - started));
    producer.through(process);
  }
  expect(unread).toBeGreaterThan(0);
  await producer.done;
  const { recoveredMs: lastMs, differences } = await settle(process, payments);
  const dump = await inspectDump(deployment.dataDir);
  const raw = dump.rows === events && dump.ids === events ? [] : [`DWD has ${JSON.stringify(dump)}`];
  const proof = `${String(rounds)} ended by signal 9, ${String(unread)} with unread events`;
  return { rounds, events, recoveredMs: Math.max(recoveredMs, lastMs), differences: [...differences, ...raw], proof };
}

async function settle(process: OnefoldProcess, payments: ReturnType<typeof makePayments>): Promise<Recovery> {
  const recovery = await recover(process.url, foldPayments(payments));
  await process.end();
  return recovery;
}

interface Copy {
  /** Null: it is there already. */
  readonly from: string | null;
  readonly to: string;
}

async function runOn(
  { from, to }: Copy,
  launch: Launch,
  use: (process: OnefoldProcess) => Promise<void>,
): Promise<void> {
  if (from !== null) await cp(from, to, { recursive: true });
  await using deployment = await openEmbeddedDeployment(to);
  await using process = await deployment.launch(launch);
  await use(process);
  await process.end();
}

/** Whether the place was reached: a run has not the same number of calls each time. */
async function killOn(copy: Copy, place: Place): Promise<boolean> {
  let isKilled = false;
  await runOn(copy, { prefix: killAt(place) }, async (process) => {
    const healthy = process.untilHealth("ok").then(
      () => new Promise<void>((resolve) => setTimeout(resolve, 3_000)),
      () => undefined,
    );
    await Promise.race([process.ended, healthy]);
    isKilled = !process.isRunning && (await process.ended).signal === "SIGKILL";
  });
  return isKilled;
}
