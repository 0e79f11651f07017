/** Stops a service that a keeper keeps, and whatever a lost keeper has left behind. */
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, type ProcessIdentity } from "../data-dir/process-identity.ts";
import { readRecord, removeRecord } from "./service-folder.ts";
import type { ServiceName } from "./service.ts";

/** Longer than any service takes to stop in order. */
const STOP_LIMIT_MS = 40_000;
const POLL_MS = 50;

/** Signals only processes that are the very ones of the record. Answers whether any still ran. */
export async function stopKeptService(folder: string, name: ServiceName): Promise<boolean> {
  const record = await readRecord(folder, name);
  if (record === null) return false;
  const all = [record.keeper, ...record.servers];
  const ran = all.some((process) => isRunning(process));
  await stop([record.keeper]);
  // A keeper that was killed could not stop them.
  await stop((await readRecord(folder, name))?.servers ?? record.servers);
  await removeRecord(folder, name);
  return ran;
}

/** By SIGTERM, and by SIGKILL what is still there at the limit. */
async function stop(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const process of processes) send(process, "SIGTERM");
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (processes.some((process) => isRunning(process))) {
    if (performance.now() > deadline) for (const process of processes) send(process, "SIGKILL");
    await sleep(POLL_MS);
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
    // A stopped process takes no other signal before it goes on.
    if (signal === "SIGTERM") process.kill(identity.pid, "SIGCONT");
  } catch {
    // It has ended meanwhile.
  }
}
