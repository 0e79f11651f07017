/** `ingest file`: a file's records go to the log; done when the stores include them, with what became of each. */
import { ingestFile } from "../../ingest/sources/file/index.ts";
import { fileProducerPrefix } from "../../ingest/sources/file/file-lineage.ts";
import { emptyTally, type Tally } from "../../ingest/models/outcome-tallies.ts";
import type { Progress } from "../../ingest/progress.ts";
import type { Engine } from "../profiles/engine.ts";
import { catchUp } from "./catch-up.ts";
import type { ProgressUpdate, ReportProgress } from "./conflated-updates.ts";
import { findSource } from "./find-source.ts";
import type { FileIngestResult, OperationRequest } from "./operation.ts";
import { ingestResult, processed, tallyOf } from "./tally-difference.ts";
import { waitUntilApplied } from "./wait-until-applied.ts";

type Request = Extract<OperationRequest, { kind: "ingest-file" }>;

/** At most one at a time for each source: tallies are kept by file, not by call. */
export async function ingestFileOperation(
  engine: Engine,
  request: Request,
  run: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<FileIngestResult> {
  const { report, signal } = run;
  const source = findSource(engine.platform, request.source);
  const started = performance.now();
  await catchUp(engine, [source.topic], run);
  const before = await tallies(engine, source.name);
  const file = await ingestFile(
    {
      log: engine.log,
      platform: engine.platform,
      source,
      path: request.path,
      clock: engine.clock,
      signal,
      onProgress: (progress) => report(readingUpdate(progress)),
    },
    { complete: request.complete, ...(request.format === null ? {} : { format: request.format }) },
  );
  const earlier = before.get(file.producer) ?? emptyTally;
  const applying = async (note: string | null): Promise<void> => {
    const done = processed(await tallyOf(engine, file.producer)) - processed(earlier);
    report({ step: "applying", unit: "records", done, total: file.appended, ...(note === null ? {} : { note }) });
  };
  await waitUntilApplied(engine, file.cursor, { signal, onStep: applying });
  const { read, appended, note } = file;
  const seconds = (performance.now() - started) / 1000;
  const counts = ingestResult({ read, appended, seconds }, earlier, await tallyOf(engine, file.producer));
  return { ...counts, ...(note === null ? {} : { note }) };
}

async function tallies(engine: Engine, source: string): Promise<ReadonlyMap<string, Tally>> {
  const known = await engine.log.producers(fileProducerPrefix(source));
  const names = known.map(({ name }) => name);
  const found = await engine.tallies(names);
  return new Map(names.map((name, at) => [name, found[at] ?? emptyTally]));
}

function readingUpdate(progress: Progress): Omit<ProgressUpdate, "kind"> {
  const { recordsRead, bytesRead, totalBytes, note } = progress;
  const bytes = { done: bytesRead, total: totalBytes };
  return {
    step: "reading",
    unit: "records",
    done: recordsRead,
    total: null,
    bytes,
    ...(note === undefined ? {} : { note }),
  };
}
