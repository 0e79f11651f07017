/** The embedded profile under the harness: one process over a data directory, events over HTTP. */
import { join } from "node:path";
import { runOnefoldJson } from "../../support/onefold-program.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";
import { readTallies } from "./read-metrics.ts";
import type { Deployment } from "./deployment.ts";
import { spawnOnefold, type Launch, type OnefoldProcess } from "./onefold-process.ts";

export const ledgerDomains = join(import.meta.dirname, "../domains");

/** `dataDir`: one that is there already, and stays. @default one of its own */
export async function openEmbeddedDeployment(dataDir?: string): Promise<Deployment> {
  const folder = await openTemporaryFolder();
  const path = dataDir ?? join(folder.path, "data");
  const flags = ["--data-dir", path, "--domains", ledgerDomains];
  const launch = (how: Launch = {}): Promise<OnefoldProcess> => {
    return spawnOnefold(["start", ...flags, "--no-generate", "--log-level", "warn"], how);
  };
  return {
    profile: "embedded",
    dataDir: path,
    launch,
    async start(how) {
      const process = await launch(how);
      await process.untilHealth("ok");
      return process;
    },
    produce: ({ url }, texts) => push(url, texts),
    command: (args) => runOnefoldJson([...args, ...flags]),
    tallies: ({ url }, records) => readTallies(url, records),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function push(url: string, texts: readonly (string | Buffer)[]): Promise<void> {
  const lines = texts.flatMap((text) => [Buffer.from(text as string), Buffer.from("\n")]);
  const answer = await fetch(`${url}/ingest/payments`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: Buffer.concat(lines),
  });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`The push was answered with ${String(answer.status)}: ${body}`);
}
