/** `backup`: all of a data directory goes to a folder or a file, while everything else goes on. */
import { rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";
import { packFolder } from "../backup/tar.ts";
import type { Engine } from "../profiles/engine.ts";
import type { ReportProgress } from "./conflated-updates.ts";
import type { BackupResult, OperationRequest } from "./operation.ts";

type Request = Extract<OperationRequest, { kind: "backup" }>;

interface Run {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Steps that are told while it runs. */
const STEPS = ["changes", "state", "series", "log", "checksums"];

export async function backupOperation(
  engine: Pick<Engine, "backup" | "generation">,
  { path }: Request,
  run: Run,
): Promise<BackupResult> {
  const { backup } = engine;
  if (backup === undefined) {
    throw new OnefoldError("INPUT_INVALID", "The stores of this profile are servers: they are not copied from here.", {
      remedy: "Back up Kafka, Redis and ClickHouse by their own means.",
    });
  }
  // Models that are being built do not serve yet: a copy would have to be built again.
  engine.generation();
  const started = performance.now();
  const report = (step: string): void =>
    run.report({ step: "copying", unit: "steps", done: STEPS.indexOf(step), total: STEPS.length, note: step });
  const manifest = isArchive(path)
    ? await throughFolder(path, run, (folder) => backup(folder, { report, signal: run.signal }))
    : await backup(path, { report, signal: run.signal });
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const events = Object.values(manifest.partitions).reduce((sum, { end }) => sum + end, 0);
  const seconds = Math.round(performance.now() - started) / 1000;
  return { path, generation: manifest.generation, events, bytes, seconds };
}

export function isArchive(path: string): boolean {
  return path.endsWith(".tar");
}

/** Makes the backup beside the file that it becomes. */
async function throughFolder<T>(file: string, { signal }: Run, make: (folder: string) => Promise<T>): Promise<T> {
  if ((await stat(file).catch(() => null)) !== null) {
    throw new OnefoldError("INPUT_INVALID", `${file} is there already: a backup overwrites nothing.`, {
      remedy: "Name a file that does not exist yet.",
    });
  }
  const folder = join(dirname(file), `.${basename(file)}.${String(process.pid)}`);
  try {
    const made = await make(folder);
    await packFolder(folder, `${folder}.tar`, signal);
    await rename(`${folder}.tar`, file);
    return made;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(`${folder}.tar`, { force: true });
  }
}
