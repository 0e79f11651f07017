/** A rebuild from the first event: beside the serving models, and of everything that is not the log. */
import { rm } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { dataPaths } from "../../cli/profiles/embedded/data-paths.ts";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import { inspectDump } from "./harness/inspect-data-dir.ts";
import { cutBatches, foldPayments, makePayments, paymentText } from "./harness/ledger-events.ts";
import { startProducer } from "./harness/producer.ts";
import { recover } from "./harness/recover.ts";
import { writeFaultResult } from "./report/results.ts";

describe("a rebuild", () => {
  it("from the first event gives every value again, bit for bit", async () => {
    const random = randomOf("rebuild");
    const payments = makePayments({ seed: faultSeed, events: scaled(10_000, 50_000) });
    const truth = foldPayments(payments);
    const batches = cutBatches(random.shuffle(payments.map(paymentText)), random, 700).flatMap((batch) => {
      return random.chance(0.1) ? [batch, ["poison", ...batch]] : [batch];
    });
    await using deployment = await openEmbeddedDeployment();
    {
      await using process = await deployment.start();
      await startProducer(deployment, batches, process).done;
      expect((await recover(process.url, truth)).differences).toEqual([]);
      await process.end();
    }
    const before = await inspectDump(deployment.dataDir);
    const { state, series, changes } = dataPaths(deployment.dataDir);
    for (const path of [state, series, changes]) await rm(path, { recursive: true });
    await using process = await deployment.start();
    const { recoveredMs, differences } = await recover(process.url, truth);
    expect(differences).toEqual([]);
    await process.end();
    const after = await inspectDump(deployment.dataDir);
    expect(after).toEqual(before);
    expect(after.rows).toBe(payments.length);
    const of = { fault: 23, name: "Rebuild from the first event", profile: "embedded", seed: faultSeed } as const;
    const proof = `all stores but the log were removed; hash ${after.hash.slice(0, 16)} before and after`;
    writeFaultResult({ ...of, rounds: 1, events: payments.length, recoveredMs, differences: 0, proof });
  }, 240_000);
});
