/** One run in a process of its own: a warm-up file, then the measured file, through the embedded profile. Prints one JSON line. */
import { openEmbedded } from "../../cli/profiles/embedded/embedded.ts";
import { ingestFile } from "../../ingest/sources/file/index.ts";
import { loadDomains } from "../../schema/load-domains.ts";
import type { Engine } from "../../cli/profiles/engine.ts";

export interface RunFigures {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

const [domains = "", dataDir = "", warmUp = "", measured = ""] = process.argv.slice(2);

const loaded = await loadDomains(domains);
if (loaded.kind !== "compiled") throw new Error("the domains do not compile");
{
  await using engine = await openEmbedded({ dataDir, platform: loaded.platform });
  await through(engine, warmUp);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const events = await through(engine, measured);
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const figures: RunFigures = {
    events,
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
  console.log(JSON.stringify(figures));
}
process.exit(0);

/** From the first byte read until state and series include the last event. */
async function through(engine: Engine, path: string): Promise<number> {
  const source = engine.platform.sources.find(({ name }) => name === "user-behavior");
  if (source === undefined) throw new Error("no source user-behavior");
  const result = await ingestFile({ log: engine.log, platform: engine.platform, source, path, clock: Date.now });
  if (!(await engine.waitFor(result.cursor, "all", 600_000))) throw new Error("ingest did not catch up");
  return result.appended;
}
