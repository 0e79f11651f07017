/** Clocks that go wrong, by hours and days, between runs over one data directory. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import { inspectDump } from "./harness/inspect-data-dir.ts";
import { cutBatches, foldPayments, makePayments, paymentText } from "./harness/ledger-events.ts";
import { startProducer } from "./harness/producer.ts";
import { recover } from "./harness/recover.ts";
import { writeFaultResult } from "./report/results.ts";

const skews = ["+2h", "-1d", "+0"];

function hasFaketime(): boolean {
  try {
    execFileSync("which", ["faketime"]);
    return true;
  } catch {
    if (process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw new Error("faketime is not installed.");
    console.warn("SKIPPED, faketime is not installed: clocks are not tested.");
    return false;
  }
}

describe("an instance whose clock", () => {
  (hasFaketime() ? it : it.skip)(
    "goes forwards and backwards knows duplicates, order and buckets as ever",
    async () => {
      const random = randomOf("clock");
      const payments = makePayments({ seed: faultSeed, events: scaled(6_000, 50_000) });
      const texts = random.shuffle(payments.map(paymentText));
      await using deployment = await openEmbeddedDeployment();
      let recoveredMs = 0;
      const share = Math.ceil(texts.length / skews.length);
      for (const [run, skew] of skews.entries()) {
        // Each run also sends some of what the run before sent.
        const part = texts.slice(Math.max(0, run * share - 200), (run + 1) * share);
        await using process = await deployment.start({
          prefix: ["faketime", "-f", skew],
          // A clock that is set leaves the time between two events as it is.
          env: { FAKETIME_DONT_FAKE_MONOTONIC: "1" },
        });
        expect(await clockOf(process.url)).toBeCloseTo(Date.now() / 60_000 + minutesOf(skew), -1);
        await startProducer(deployment, cutBatches(part, random, 400), process).done;
        const sent = new Set(texts.slice(0, (run + 1) * share));
        const done = foldPayments(payments.filter((payment) => sent.has(paymentText(payment))));
        const recovery = await recover(process.url, done);
        expect({ skew, ...recovery }).toMatchObject({ differences: [] });
        recoveredMs = Math.max(recoveredMs, recovery.recoveredMs);
        await process.end();
      }
      const { rows, ids } = await inspectDump(deployment.dataDir);
      expect([rows, ids]).toEqual([payments.length, payments.length]);
      const of = {
        fault: 11,
        name: "Clock skew",
        profile: "embedded",
        seed: faultSeed,
        events: payments.length,
      } as const;
      writeFaultResult({
        ...of,
        rounds: 2,
        recoveredMs,
        differences: 0,
        proof: "its answers were dated +2 h and -1 d",
      });
    },
    240_000,
  );
});

/** What the instance dates its answers with, in minutes. */
async function clockOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/health`);
  await answer.arrayBuffer();
  return Date.parse(answer.headers.get("date") ?? "") / 60_000;
}

function minutesOf(skew: string): number {
  const unit = skew.endsWith("h") ? 60 : skew.endsWith("d") ? 1440 : 1;
  return parseInt(skew, 10) * unit;
}
