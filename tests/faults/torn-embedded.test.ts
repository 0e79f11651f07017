/** Local files that are cut or changed between two runs: never served, and made anew from what is whole. */
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { dataPaths } from "../../cli/profiles/embedded/data-paths.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import {
  cutBatches,
  foldPayments,
  makePayments,
  paymentText,
  type LedgerTruth,
  type Payment,
} from "./harness/ledger-events.ts";
import type { OnefoldProcess } from "./harness/onefold-process.ts";
import { startProducer } from "./harness/producer.ts";
import { readAccounts } from "./harness/read-accounts.ts";
import { recover } from "./harness/recover.ts";
import { tear, type Damage } from "./harness/tear.ts";
import { writeFaultResult } from "./report/results.ts";

const stores = ["state", "log", "changes", "series"] as const;
type Store = (typeof stores)[number];

/** What a round showed: refused to start, answered with errors, told what was lost, or had nothing wrong to answer with. */
type Detection = "refused" | "errors" | "told" | "unharmed";

describe("a file of a store", () => {
  it("that is torn is never served, and once its store is made anew all is right again", async () => {
    const random = randomOf("torn");
    const payments = makePayments({ seed: faultSeed, events: scaled(3_000, 20_000) });
    const truth = foldPayments(payments);
    await using folder = await openTemporaryFolder();
    const whole = join(folder.path, "whole");
    {
      await using deployment = await openEmbeddedDeployment(whole);
      await using process = await deployment.start();
      await startProducer(deployment, cutBatches(payments.map(paymentText), random, 300), process).done;
      expect((await recover(process.url, truth)).differences).toEqual([]);
      await process.end();
    }
    const found: Record<Detection, number> = { refused: 0, errors: 0, told: 0, unharmed: 0 };
    let recoveredMs = 0;
    const rounds = scaled(3, 12);
    for (let round = 0; round < rounds; round++) {
      const dataDir = join(folder.path, `torn-${String(round)}`);
      await cp(whole, dataDir, { recursive: true });
      const store = stores[round % stores.length] ?? "state";
      const damage: Damage = round === 0 || random.chance(0.5) ? "flip" : "cut";
      const what = await tear(dataPaths(dataDir)[store], damage, random);
      await using deployment = await openEmbeddedDeployment(dataDir);
      {
        // Nothing reads the log while its events are in the stores: here the state has to be made anew from it.
        if (store === "log") await rm(dataPaths(dataDir).state, { recursive: true });
        const lost = store === "log" ? await lostPayments(dataPaths(dataDir).log, payments) : 0;
        await using process = await deployment.launch();
        const detection = await serveTorn(process, truth, { store, damage, lost });
        console.log(`${what}: ${detection}`);
        found[detection]++;
      }
      // The log is the truth: what it lost is in the history alone.
      if (store === "log") continue;
      await rm(dataPaths(dataDir)[store], { recursive: true });
      await using process = await deployment.start();
      const recovery = await recover(process.url, truth);
      expect({ what, ...recovery }).toMatchObject({ differences: [] });
      recoveredMs = Math.max(recoveredMs, recovery.recoveredMs);
    }
    expect(found.told + found.errors + found.refused).toBeGreaterThan(0);
    const of = {
      fault: 13,
      name: "Torn local files",
      profile: "embedded",
      seed: faultSeed,
      events: payments.length,
    } as const;
    const proof = `${String(found.errors)} answered with errors, ${String(found.refused)} refused to start, ${String(found.told)} told what was lost`;
    writeFaultResult({ ...of, rounds, recoveredMs, differences: 0, proof });
  }, 900_000);
});

interface Torn {
  readonly store: Store;
  readonly damage: Damage;
  /** Payments that the log's file no longer has. */
  readonly lost: number;
}

/** Payments whose text is nowhere in the log's file: chunks hold texts as they came. */
async function lostPayments(folder: string, payments: readonly Payment[]): Promise<number> {
  const bytes = await readFile(join(folder, "data.mdb"));
  return payments.filter((payment) => !bytes.includes(paymentText(payment))).length;
}

/** Every account is answered rightly, or with an error. What a torn log lost is told, and taken from history. */
async function serveTorn(process: OnefoldProcess, truth: LedgerTruth, torn: Torn): Promise<Detection> {
  const { store, damage, lost } = torn;
  // A state store that refuses its own records stays unhealthy; the log's stretches are read before it is well.
  const patience = store === "log" ? [] : [setTimeout(15_000, false, { ref: false })];
  const isWell = process.untilHealth("ok").then(
    () => true,
    () => false,
  );
  const healthy = await Promise.race([isWell, ...patience]);
  if (!process.isRunning) {
    expect((await process.ended).code).not.toBe(0);
    return "refused";
  }
  if (store === "log" && healthy) {
    if (lost > 0) await untilTold(process, /offsets \d+ to \d+ failed their checksum/);
    expect((await recover(process.url, truth)).differences).toEqual([]);
    return lost > 0 ? "told" : "unharmed";
  }
  const { wrong, missing, errors } = await readAccounts(process.url, truth);
  expect(wrong).toEqual([]);
  // A known gap: LMDB's pages have no checksum, so a changed byte of a key, or of the way to one, hides what stands there.
  if (store === "state" && damage === "flip") console.log(`hidden by the damage: ${missing.join(" ") || "none"}`);
  else expect(missing).toEqual([]);
  return errors > 0 || !healthy ? "errors" : "unharmed";
}

async function untilTold(process: OnefoldProcess, what: RegExp): Promise<void> {
  for (const deadline = Date.now() + 20_000; !what.test(process.log());) {
    if (Date.now() > deadline) throw new Error(`Nothing was told of the torn log: ${process.log()}`);
    await setTimeout(50);
  }
}
