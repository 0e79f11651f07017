/** The format of a data directory: written when it is made, checked whenever it is opened, brought up to date where it is older. */
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OnefoldError } from "../../schema/errors.ts";
import { readVersion } from "../read-version.ts";
import { dataMigrations, type DataMigration } from "./data-migrations.ts";
import { systemErrorCode } from "./system-error-code.ts";

/** Grows with each change that older or newer programs could not read. */
export const DATA_FORMAT = 1;

const formatSchema = z.object({
  format: z.int(),
  profile: z.string(),
  /** The version of Onefold that wrote this format. */
  madeBy: z.string().optional(),
});

type StoredFormat = z.infer<typeof formatSchema>;

/** What this program reads, and how it brings older formats there; a test hands over its own. */
export interface FormatSupport {
  readonly format: number;
  readonly migrations: readonly DataMigration[];
}

const support: FormatSupport = { format: DATA_FORMAT, migrations: dataMigrations };

/**
 * Makes the directory, for its owner's eyes only, or checks the one that is there. One of an older format that can be
 * brought up to date passes: {@link migrateDataDir} does it, under the lock.
 * @throws OnefoldError STORE_FORMAT, or INPUT_INVALID if it cannot be made or holds something else
 */
export async function prepareDataDir(dataDir: string, supported = support): Promise<void> {
  await makeDirectory(dataDir);
  if ((await checkDataDir(dataDir, supported)) === null) await writeFormat(dataDir, supported.format);
}

/**
 * Checks the directory and changes nothing. Answers its format; null where there is none yet.
 * @throws OnefoldError STORE_FORMAT, INPUT_INVALID
 */
export async function checkDataDir(dataDir: string, supported = support): Promise<number | null> {
  const names = await listNames(dataDir);
  if (!names.includes(formatFile)) {
    refuseForeign(dataDir, names);
    return null;
  }
  const found = await readFormat(dataDir);
  if (found.profile !== "embedded") {
    throw new OnefoldError("STORE_FORMAT", `${dataDir} is of the profile ${found.profile}, and not of embedded.`);
  }
  if (found.format !== supported.format) migrationsFrom(dataDir, found, supported);
  return found.format;
}

/**
 * Brings an older format up to date, step by step. Each step is noted when it is done, so that after a crash the next
 * start goes on with the step that was under way. The caller owns the directory.
 * @throws OnefoldError STORE_FORMAT
 */
export async function migrateDataDir(dataDir: string, supported = support): Promise<void> {
  const found = await readFormat(dataDir);
  for (const migration of migrationsFrom(dataDir, found, supported)) {
    await migration.run(dataDir);
    await writeFormat(dataDir, migration.from + 1);
  }
}

const formatFile = "format.json";

/** All that is missing, in order; none where the format is the newest. @throws OnefoldError STORE_FORMAT */
function migrationsFrom(dataDir: string, found: StoredFormat, supported: FormatSupport): readonly DataMigration[] {
  const steps: DataMigration[] = [];
  for (let at = found.format; at < supported.format; at++) {
    const step = supported.migrations.find(({ from }) => from === at);
    if (step === undefined) throw otherFormat(dataDir, found, supported.format);
    steps.push(step);
  }
  if (found.format > supported.format) throw otherFormat(dataDir, found, supported.format);
  return steps;
}

function otherFormat(dataDir: string, { format, madeBy }: StoredFormat, reads: number): OnefoldError {
  const by = madeBy === undefined ? "" : `, written by Onefold ${madeBy}`;
  const message = `${dataDir} has format ${String(format)}${by}; this version of Onefold reads format ${String(reads)}.`;
  const remedy =
    format > reads
      ? `Use ${madeBy === undefined ? "the version that wrote it" : `Onefold ${madeBy} or newer`}; nothing was changed.`
      : "Use an older version of Onefold, or start with a fresh --data-dir; nothing was changed.";
  return new OnefoldError("STORE_FORMAT", message, { remedy });
}

async function makeDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

/** An absent directory is an empty one. */
async function listNames(dataDir: string): Promise<readonly string[]> {
  try {
    return await readdir(dataDir);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw unusable(dataDir, error);
  }
}

function unusable(dataDir: string, error: unknown): OnefoldError {
  const code = systemErrorCode(error) ?? "unknown reason";
  return new OnefoldError("INPUT_INVALID", `The data directory ${dataDir} cannot be used (${code}).`, {
    remedy: "Name a directory that you may write with --data-dir.",
    cause: error,
  });
}

function refuseForeign(dataDir: string, names: readonly string[]): void {
  const foreign = names.filter((name) => name !== "owner" && name !== "control.sock" && !name.startsWith("."));
  if (foreign.length === 0) return;
  throw new OnefoldError("INPUT_INVALID", `${dataDir} is no data directory of Onefold, and is not empty.`, {
    remedy: "Name an empty or a new directory with --data-dir.",
  });
}

/** On the disk, and complete under its name, or not there. */
async function writeFormat(dataDir: string, format: number): Promise<void> {
  const draft = join(dataDir, `.format.${String(process.pid)}`);
  const stored: StoredFormat = { format, profile: "embedded", madeBy: readVersion() };
  const file = await open(draft, "w", 0o600);
  await file.writeFile(`${JSON.stringify(stored)}\n`);
  await file.sync();
  await file.close();
  await rename(draft, join(dataDir, formatFile));
}

async function readFormat(dataDir: string): Promise<StoredFormat> {
  const text = await readFile(join(dataDir, formatFile), "utf8");
  const found = formatSchema.safeParse(readJson(text));
  if (found.success) return found.data;
  throw new OnefoldError("STORE_FORMAT", `${dataDir}/${formatFile} does not name a format.`, {
    remedy: "Restore it from a backup, or start with a fresh --data-dir; nothing was changed.",
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
