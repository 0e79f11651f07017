/** A disk that is full for a while: the instance says so, spoils nothing, and goes on when there is room again. */
import { execFileSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";
import { faultSeed, randomOf, scaled } from "./harness/fault-scale.ts";
import { inspectDump } from "./harness/inspect-data-dir.ts";
import { cutBatches, foldPayments, makePayments, paymentText } from "./harness/ledger-events.ts";
import { startProducer } from "./harness/producer.ts";
import { recover } from "./harness/recover.ts";
import { writeFaultResult } from "./report/results.ts";

const DISK_MB = 96;

interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Takes all room that is left. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

/** Null, with a loud reason, where this user may not mount. */
async function mountSmallDisk(): Promise<SmallDisk | null> {
  const folder = await openTemporaryFolder();
  const path = join(folder.path, "disk");
  const ballast = join(path, "ballast");
  await mkdir(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${String(DISK_MB)}m`, "tmpfs", path], { stdio: "pipe" });
  } catch (fault) {
    await folder[Symbol.asyncDispose]();
    if (process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw fault;
    console.warn(`SKIPPED, a small disk cannot be mounted here: ${String(fault)}`);
    return null;
  }
  return {
    path,
    async fill() {
      const file = await open(ballast, "a");
      try {
        for (let size = 1 << 20; size >= 512;) await file.appendFile(Buffer.alloc(size)).catch(() => (size /= 2));
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast),
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["-l", path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("a full disk", () => {
  it("stops the instance without harm, until there is room again", async () => {
    await using disk = await mountSmallDisk();
    if (disk === null) return;
    const random = randomOf("disk");
    const payments = makePayments({ seed: faultSeed, events: scaled(6_000, 50_000) });
    const batches = cutBatches(payments.map(paymentText), random, 200);
    await using deployment = await openEmbeddedDeployment(join(disk.path, "data"));
    await using process = await deployment.start();
    const share = Math.floor(batches.length / 3);
    await startProducer(deployment, batches.slice(0, share), process).done;
    await disk.fill();
    // Whether or not ingest had something to write.
    await process.untilHealth("unavailable");
    const producer = startProducer(deployment, batches.slice(share), process);
    await process.untilHealth("unavailable");
    expect(process.isRunning).toBe(true);
    expect(producer.isDone).toBe(false);
    const unsent = batches.length - share - producer.sent;
    await disk.free();
    const freed = performance.now();
    await producer.done;
    const { differences } = await recover(process.url, foldPayments(payments));
    expect(differences).toEqual([]);
    await process.untilHealth("ok");
    const recoveredMs = Math.round(performance.now() - freed);
    await process.end();
    const { rows, ids } = await inspectDump(deployment.dataDir);
    expect([rows, ids]).toEqual([payments.length, payments.length]);
    const of = { fault: 12, name: "Full disk", profile: "embedded", seed: faultSeed, events: payments.length } as const;
    const proof = `health 503 and ${String(unsent)} batches refused while a disk of ${String(DISK_MB)} MB was full`;
    writeFaultResult({ ...of, rounds: 1, recoveredMs, differences: 0, proof });
  }, 300_000);
});
