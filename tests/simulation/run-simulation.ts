/** Runs the program of the simulation in a process of its own, with the product as it is or with a mistake in it. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { builtSource } from "../support/built-sources.ts";
import { openMutatedBuild, type Mutation } from "./mutated-build.ts";
import type { Simulated } from "./simulate.ts";

const program = "tests/simulation/simulate.ts";
const run = promisify(execFile);

export interface Seeds {
  readonly first: number;
  readonly count: number;
}

export async function runSimulation(seeds: Seeds): Promise<Simulated> {
  return await start(fileURLToPath(await builtSource(program)), seeds);
}

export async function runMutated(mutation: Mutation, seeds: Seeds): Promise<Simulated> {
  await using build = await openMutatedBuild(mutation);
  return await start(build.path(program), seeds);
}

async function start(path: string, { first, count }: Seeds): Promise<Simulated> {
  const args = ["--enable-source-maps", path, String(first), String(count)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(stdout) as Simulated;
}
