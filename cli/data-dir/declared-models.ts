/** Remembers which declarations a data directory's models follow, so that no passing command rebuilds them for others. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";

const declaredSchema = z.object({ fingerprint: z.string(), folder: z.string() });

/** Call when the models are, or are being, built from these declarations. */
export async function noteDeclared(dataDir: string, { fingerprint }: PlatformModel, folder: string): Promise<void> {
  const path = join(dataDir, "declared.json");
  const draft = join(dataDir, `.declared.${process.pid}`);
  await writeFile(draft, `${JSON.stringify({ fingerprint, folder: resolve(folder) })}\n`);
  await rename(draft, path);
}

/** @throws OnefoldError MODEL_CHANGED if the models were built from other declarations */
export async function refuseOtherDeclarations(
  dataDir: string,
  { fingerprint }: PlatformModel,
  folder: string,
): Promise<void> {
  const known = await readDeclared(dataDir);
  if (known === null || known.fingerprint === fingerprint) return;
  const message = `The models in ${dataDir} were built from ${known.folder}; the declarations in ${folder} ask for others.`;
  const remedy = `Name the folder with --domains; or, to rebuild the models, run \`onefold start\` or \`onefold replay\`.`;
  throw new OnefoldError("MODEL_CHANGED", message, { remedy });
}

async function readDeclared(dataDir: string): Promise<z.infer<typeof declaredSchema> | null> {
  try {
    return declaredSchema.parse(JSON.parse(await readFile(join(dataDir, "declared.json"), "utf8")));
  } catch {
    return null;
  }
}
