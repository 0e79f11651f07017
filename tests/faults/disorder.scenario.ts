/** Faults of the events themselves: repeated, out of order, late, and poison. */
import { describe, expect, it } from "@jest/globals";
import type { Deployment } from "./harness/deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import { cutBatches, foldPayments, makePayments, paymentText, shuffleWithin } from "./harness/ledger-events.ts";
import { poisonRecords } from "./harness/poison.ts";
import { startProducer } from "./harness/producer.ts";
import { recover } from "./harness/recover.ts";
import { writeFaultResult } from "./report/results.ts";

export function disorderScenario(open: () => Promise<Deployment>): void {
  const seed = faultSeed;
  const events = scaled(10_000, 50_000);

  describe("events", () => {
    it("that are sent again, in the same batch or another, count once", async () => {
      const random = randomOf("duplicates");
      const payments = makePayments({ seed, events });
      const texts = payments.flatMap((payment) => {
        const text = paymentText(payment);
        return random.chance(0.05) ? [text, text] : [text];
      });
      const batches = cutBatches(shuffleWithin(texts, 500, random), random, 100).flatMap((batch) => {
        return random.chance(0.1) ? [batch, batch] : [batch];
      });
      const sent = batches.reduce((sum, { length }) => sum + length, 0);
      expect(sent).toBeGreaterThan(events * 1.1);
      await using deployment = await open();
      await using process = await deployment.start();
      await startProducer(deployment, batches, process).done;
      const { recoveredMs, differences } = await recover(process.url, foldPayments(payments));
      expect(differences).toEqual([]);
      const { applied, duplicates } = await deployment.tallies(process, sent);
      expect([applied, duplicates]).toEqual([events, sent - events]);
      const proof = `${String(duplicates)} duplicates counted`;
      const { profile } = deployment;
      const of = {
        fault: 8,
        name: "Events and batches sent again",
        profile,
        seed,
        rounds: batches.length,
        events: sent,
      };
      writeFaultResult({ ...of, recoveredMs, differences: 0, proof });
    }, 240_000);

    it("that are out of order, or late by hours, are where they belong, and the late ones are counted", async () => {
      const random = randomOf("late");
      const now = Date.now();
      const late = Math.floor(events / 100);
      const punctual = makePayments({ seed, events: events - late, from: now - 60_000, stepMs: 5 });
      const delayed = makePayments({ seed: seed + 1, events: late, from: now - 2 * 3_600_000, stepMs: 7 });
      const all = random.shuffle([...punctual.map((of) => ({ ...of, at: Math.min(of.at, now) - 1 })), ...delayed]);
      // Times must differ, so that the latest of an account is one.
      const payments = [...new Map(all.map((payment) => [payment.at, payment])).values()];
      await using deployment = await open();
      await using process = await deployment.start();
      await startProducer(deployment, cutBatches(payments.map(paymentText), random, 900), process).done;
      const { recoveredMs, differences } = await recover(process.url, foldPayments(payments));
      expect(differences).toEqual([]);
      const counted = (await deployment.tallies(process, payments.length)).late;
      expect(counted).toBe(delayed.length);
      const proof = `${String(counted)} late ones counted`;
      const { profile } = deployment;
      const of = { fault: 9, name: "Out of order and late", profile, seed, rounds: 1, events: payments.length };
      writeFaultResult({ ...of, recoveredMs, differences: 0, proof });
    }, 240_000);

    it("that are poison are in the quarantine, whole and once, and stop nothing", async () => {
      const random = randomOf("poison");
      const payments = makePayments({ seed, events });
      const poison = poisonRecords();
      const records: (string | Buffer)[] = payments.map(paymentText);
      for (const bytes of poison) records.splice(random.below(records.length), 0, bytes);
      const batches: (string | Buffer)[][] = [];
      for (let at = 0; at < records.length; at += 500) batches.push(records.slice(at, at + 500));
      await using deployment = await open();
      await using process = await deployment.start();
      await startProducer(deployment, batches, process).done;
      const { recoveredMs, differences } = await recover(process.url, foldPayments(payments));
      expect(differences).toEqual([]);
      const { items } = (await deployment.command(["quarantine", "list", "--limit", "100"])) as {
        items: readonly {
          readonly id: string;
          readonly rule: string;
          readonly reason: string;
          readonly bytes: number;
        }[];
      };
      expect(items.map(({ bytes }) => bytes).sort()).toEqual(poison.map(({ length }) => length).sort());
      expect(new Set(items.map(({ id }) => id)).size).toBe(poison.length);
      for (const { rule, reason } of items) expect([rule, reason]).not.toContain("");
      const { profile } = deployment;
      const of = { fault: 10, name: "Poison", profile, seed, rounds: poison.length, events: records.length };
      writeFaultResult({ ...of, recoveredMs, differences: 0, proof: `${String(items.length)} in the quarantine` });
    }, 240_000);
  });
}
