/** The folder of the services for development: one folder a service, in which `service.json` tells who runs it. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isRunning, type ProcessIdentity } from "../data-dir/process-identity.ts";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { UsageError } from "../exit-codes.ts";
import { serviceNames } from "./standard-services.ts";
import type { ServiceName } from "./service.ts";

const identity = z.object({ pid: z.int().positive(), started: z.string() });

const recordSchema = z.object({
  /** The process that started the servers and stops them. */
  keeper: identity,
  servers: z.array(identity),
  /** `127.0.0.1:<port>`; null: it is starting. */
  address: z.string().nullable(),
  /** ISO 8601. */
  since: z.string(),
});

export type ServiceRecord = z.output<typeof recordSchema>;

/** Without it nothing in a folder is ours. */
const MARKER = ".onefold-services";

export function serviceFolder(folder: string, name: ServiceName): string {
  return join(folder, name);
}

/** Makes the folder ours. @throws UsageError where it has files that `onefold services` did not put there */
export async function claimServicesFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries: readonly string[] = await readdir(folder);
  if (entries.includes(MARKER)) return;
  if (entries.length > 0) {
    throw new UsageError(`The folder ${folder} holds files of something else: give another --folder.`);
  }
  await writeFile(
    join(folder, MARKER),
    "The data of `onefold services`; `onefold services down --delete-data` deletes them.\n",
  );
}

export async function isServicesFolder(folder: string): Promise<boolean> {
  return await stat(join(folder, MARKER)).then(
    () => true,
    () => false,
  );
}

/** Deletes the data of services that are down; the folder, too, once nothing else is in it. */
export async function deleteServices(folder: string, names: readonly ServiceName[]): Promise<void> {
  if (!(await isServicesFolder(folder))) return;
  for (const name of names) await rm(serviceFolder(folder, name), { recursive: true, force: true });
  const left = await readdir(folder);
  if (left.every((entry) => entry === MARKER)) await rm(folder, { recursive: true, force: true });
}

/** Null: nobody runs it, or what is written there cannot be read. */
export async function readRecord(folder: string, name: ServiceName): Promise<ServiceRecord | null> {
  const text = await readFile(recordPath(folder, name), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Takes the service for its keeper. Answers false where another keeper has it. */
export async function createRecord(folder: string, name: ServiceName, record: ServiceRecord): Promise<boolean> {
  try {
    await writeFile(recordPath(folder, name), JSON.stringify(record), { flag: "wx" });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whole or not at all. */
export async function replaceRecord(folder: string, name: ServiceName, record: ServiceRecord): Promise<void> {
  const path = recordPath(folder, name);
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

export async function removeRecord(folder: string, name: ServiceName): Promise<void> {
  await rm(recordPath(folder, name), { force: true });
}

export interface ServiceStatus {
  readonly name: ServiceName;
  /** "broken": some of its processes have ended by themselves. */
  readonly state: "running" | "starting" | "broken" | "down";
  /** `127.0.0.1:<port>`; null unless it runs. */
  readonly address: string | null;
  /** Of the servers. */
  readonly pids: readonly number[];
  readonly since: string | null;
}

export async function readStatus(folder: string, name: ServiceName): Promise<ServiceStatus> {
  const record = await readRecord(folder, name);
  if (record === null) return { name, state: "down", address: null, pids: [], since: null };
  const { keeper, servers, address, since } = record;
  const alive = servers.filter((server: ProcessIdentity) => isRunning(server));
  const isWhole = isRunning(keeper) && alive.length === servers.length;
  const state = !isWhole ? "broken" : address === null ? "starting" : "running";
  return { name, state, address: state === "running" ? address : null, pids: alive.map(({ pid }) => pid), since };
}

export function readAllStatuses(folder: string): Promise<readonly ServiceStatus[]> {
  return Promise.all(serviceNames.map((name) => readStatus(folder, name)));
}

function recordPath(folder: string, name: ServiceName): string {
  return join(serviceFolder(folder, name), "service.json");
}
