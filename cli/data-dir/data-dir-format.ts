/** The format of a data directory: written when it is made, checked whenever it is opened. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OnefoldError } from "../../schema/errors.ts";
import { systemErrorCode } from "./system-error-code.ts";

/** Grows with each change that older or newer programs could not read. */
export const DATA_FORMAT = 1;

const formatSchema = z.object({ format: z.int(), profile: z.string() });

/**
 * Makes the directory, for its owner's eyes only, or checks the one that is there.
 * @throws OnefoldError STORE_FORMAT, or INPUT_INVALID if it cannot be made or holds something else
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const names = await listOrMake(dataDir);
  if (names.includes("format.json")) return checkFormat(dataDir);
  const foreign = names.filter((name) => name !== "owner" && name !== "control.sock" && !name.startsWith("."));
  if (foreign.length > 0) {
    throw new OnefoldError("INPUT_INVALID", `${dataDir} is no data directory of Onefold, and is not empty.`, {
      remedy: "Name an empty or a new directory with --data-dir.",
    });
  }
  const draft = join(dataDir, `.format.${process.pid}`);
  await writeFile(draft, `${JSON.stringify({ format: DATA_FORMAT, profile: "embedded" })}\n`);
  await rename(draft, join(dataDir, "format.json"));
}

async function listOrMake(dataDir: string): Promise<readonly string[]> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await readdir(dataDir);
  } catch (error) {
    const code = systemErrorCode(error) ?? "unknown reason";
    throw new OnefoldError("INPUT_INVALID", `The data directory ${dataDir} cannot be used (${code}).`, {
      remedy: "Name a directory that you may write with --data-dir.",
      cause: error,
    });
  }
}

async function checkFormat(dataDir: string): Promise<void> {
  const text = await readFile(join(dataDir, "format.json"), "utf8");
  const found = formatSchema.safeParse(readJson(text));
  if (!found.success) throw new OnefoldError("STORE_FORMAT", `${dataDir}/format.json does not name a format.`);
  if (found.data.format === DATA_FORMAT) return;
  throw new OnefoldError(
    "STORE_FORMAT",
    `${dataDir} has format ${found.data.format}; this version of Onefold reads format ${DATA_FORMAT}.`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
