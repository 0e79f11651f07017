/** What a backup says about itself: written last, so that an unfinished backup has none. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OnefoldError } from "../../schema/errors.ts";
import { DATA_FORMAT } from "../data-dir/data-dir-format.ts";
import type { BackupFile } from "./hash-files.ts";

/** Grows with each change that another version could not read. */
export const BACKUP_FORMAT = 1;

export const manifestFile = "manifest.json";

const offset = z.int().min(0);

/** What the copied stores include of one partition of the log. */
const partitionSchema = z.object({
  /** The copied log holds [start, end). */
  start: offset,
  end: offset,
  state: offset,
  series: offset,
});

const manifestSchema = z.object({
  format: z.int(),
  /** The format of the data directory that it was made from. */
  dataFormat: z.int(),
  profile: z.literal("embedded"),
  /** The version of Onefold that made it. */
  madeBy: z.string(),
  /** ISO-8601. */
  madeAt: z.string(),
  /** The generation that served. */
  generation: z.int(),
  /** By `<topic>/<partition>`. */
  partitions: z.record(z.string(), partitionSchema),
  files: z.array(z.object({ path: z.string(), bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type PartitionCut = z.infer<typeof partitionSchema>;

export interface ManifestFacts {
  readonly madeBy: string;
  readonly madeAt: string;
  readonly generation: number;
  readonly partitions: Readonly<Record<string, PartitionCut>>;
  readonly files: readonly BackupFile[];
}

export async function writeManifest(folder: string, facts: ManifestFacts): Promise<Manifest> {
  const { files, ...others } = facts;
  const manifest: Manifest = {
    format: BACKUP_FORMAT,
    dataFormat: DATA_FORMAT,
    profile: "embedded",
    ...others,
    partitions: { ...facts.partitions },
    files: files.map((file) => ({ ...file })),
  };
  const draft = join(folder, `.${manifestFile}`);
  await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, join(folder, manifestFile));
  return manifest;
}

/** @throws OnefoldError BACKUP_INVALID, STORE_FORMAT */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestFile), "utf8").catch(() => null);
  if (text === null)
    throw new OnefoldError("BACKUP_INVALID", `${folder} has no ${manifestFile}: it is no finished backup.`);
  const parsed = manifestSchema.safeParse(readJson(text));
  const format = formatOf(text);
  if (format !== null && format !== BACKUP_FORMAT) {
    const message = `${folder} is a backup in format ${String(format)}; this version reads format ${String(BACKUP_FORMAT)}.`;
    throw new OnefoldError("STORE_FORMAT", message);
  }
  if (parsed.success) return parsed.data;
  throw new OnefoldError("BACKUP_INVALID", `${folder}/${manifestFile} is not what a backup writes.`);
}

/** Also of a manifest that is otherwise of another form. */
function formatOf(text: string): number | null {
  const found = z.object({ format: z.int() }).safeParse(readJson(text));
  return found.success ? found.data.format : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
