/** Brings services up that are not: each in its turn of states, all at once. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { OnefoldError } from "../../schema/errors.ts";
import { claimServicesFolder, readStatus, type ServiceStatus } from "./service-folder.ts";
import type { ServiceName } from "./service.ts";
import { startKeptService } from "./start-kept-service.ts";
import { stopKeptService } from "./stop-kept-service.ts";

export interface BringUpOptions {
  /** Absolute. */
  readonly folder: string;
  readonly names: readonly ServiceName[];
  portOf(name: ServiceName): number;
  readonly signal: AbortSignal;
  /** Told of each step, and every few seconds that something takes. */
  readonly onProgress: (line: string) => void;
}

export interface BroughtUp {
  readonly status: ServiceStatus;
  /** Null: it ran already. */
  readonly seconds: number | null;
}

const TELL_EVERY_MS = 5_000;
const POLL_MS = 200;

/** Whatever can be started is, also where something else cannot. @throws the first failure; PORT_BUSY, UNSUPPORTED_PLATFORM, SERVICE_FAILED */
export async function bringUpServices(options: BringUpOptions): Promise<readonly BroughtUp[]> {
  await claimServicesFolder(options.folder);
  const outcomes = await Promise.allSettled(options.names.map((name) => bringUp(name, options)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  const [first, ...others] = failures;
  for (const fault of others) options.onProgress(fault instanceof Error ? fault.message : String(fault));
  if (first !== undefined) throw await withEngineHint(first);
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

async function bringUp(name: ServiceName, options: BringUpOptions): Promise<BroughtUp> {
  const { folder, signal, onProgress } = options;
  let before = await readStatus(folder, name);
  // Another command is at it.
  for (; before.state === "starting"; before = await readStatus(folder, name)) {
    await sleep(POLL_MS, undefined, { signal });
  }
  if (before.state === "running") return { status: before, seconds: null };
  if (before.state === "broken") await stopKeptService(folder, name);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  onProgress(`${name}: starting …`);
  const ticker = setInterval(() => onProgress(`${name}: still starting (${seconds().toFixed(0)} s) …`), TELL_EVERY_MS);
  try {
    const address = await startKeptService(name, { folder, port: options.portOf(name), signal });
    onProgress(`${name}: ready on ${address}`);
  } finally {
    clearInterval(ticker);
  }
  return { status: await readStatus(folder, name), seconds: seconds() };
}

/** Where something is not installed, a container engine may do instead. */
async function withEngineHint(fault: unknown): Promise<unknown> {
  if (!(fault instanceof OnefoldError) || fault.code !== "UNSUPPORTED_PLATFORM") return fault;
  const remedy = (await hasContainerEngine())
    ? "Or let the container engine of this machine run all services: `docker compose up --detach`."
    : fault.remedy;
  return new OnefoldError(fault.code, fault.message, { cause: fault, remedy });
}

/** Whether the engine answers; the command alone does not help. */
async function hasContainerEngine(): Promise<boolean> {
  const run = promisify(execFile);
  return await run("docker", ["version"], { timeout: 3_000 }).then(
    () => true,
    () => false,
  );
}
