/** The product's compiled code with one deliberate mistake in it. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtSource } from "../support/built-sources.ts";

export interface Mutation {
  /** What the mistaken code does, to follow "that". */
  readonly name: string;
  /** A source file, from the root. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface MutatedBuild extends AsyncDisposable {
  /** The compiled form of a source file. */
  path(source: string): string;
}

/** @throws if the mistake does not fit the code any more */
export async function openMutatedBuild({ file, find, replace }: Mutation): Promise<MutatedBuild> {
  const built = join(dirname(fileURLToPath(await builtSource("cli/main.ts"))), "..");
  // Beside the others, so that packages resolve from there as well.
  const copy = await mkdtemp(`${built}.mutated-`);
  const path = (source: string): string => join(copy, source.replace(/\.ts$/, ".js"));
  const dispose = (): Promise<void> => rm(copy, { recursive: true, force: true });
  try {
    await cp(built, copy, { recursive: true });
    const text = await readFile(path(file), "utf8");
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`${find} is ${String(parts.length - 1)} times in ${file}.`);
    await writeFile(path(file), parts.join(replace));
  } catch (fault) {
    await dispose();
    throw fault;
  }
  return { path, [Symbol.asyncDispose]: dispose };
}
