/** Opens one LMDB environment of the embedded profile: small checked records, and chunks of bytes under binary keys. */
import { open, type Database, type RootDatabase } from "lmdb";
import { OnefoldError } from "../../schema/errors.ts";
import { refuseFullDisk } from "./refuse-full-disk.ts";
import { restoreLength } from "./restore-length.ts";
import { openText, sealText } from "./sealed-bytes.ts";

/** The name of a record, and (in the type only) what it holds. */
export type RecordName<T> = string & { readonly holds?: T };

export interface EnvironmentOptions {
  /** A folder; made if absent. */
  readonly path: string;
  /** What is kept here, and in which version of its format: another one is refused. */
  readonly format: { readonly kind: string; readonly version: number };
}

type Format = EnvironmentOptions["format"];

/** The record whose version counts the commits: whoever planned on an older one plans again. */
const counterName = "counter";
const formatName: RecordName<Format> = "format";

/**
 * One environment, as this thread sees it. Reads are synchronous and see the newest commit. A commit is visible only
 * once it is on disk (LMDB's overlapping sync is off), so nobody acts on what a power loss could take back.
 */
export class Environment implements AsyncDisposable {
  readonly path: string;
  readonly #root: RootDatabase;
  readonly #records: Database<string, string>;
  readonly #chunks: Database<Buffer, Buffer>;

  constructor(path: string) {
    this.path = path;
    // The commit queue makes the groups; LMDB's own grouping leaves a rejected promise behind when a commit fails.
    this.#root = open({ path, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 4 });
    this.#records = this.#root.openDB({ name: "records", encoding: "string", useVersions: true });
    this.#chunks = this.#root.openDB({ name: "chunks", encoding: "binary", keyEncoding: "binary" });
  }

  /** Lets the reads that follow, up to the next await, see one snapshot: the newest. */
  renewSnapshot(): void {
    this.#root.resetReadTxn();
  }

  /** @throws STORE_UNAVAILABLE on a wrong checksum */
  record<T>(name: RecordName<T>): T | undefined {
    const text = this.#records.get(name);
    return text === undefined ? undefined : this.#parse<T>(name, text);
  }

  /** Records whose name starts with `prefix`, in the order of their UTF-8 bytes. */
  *recordsFrom<T>(prefix: RecordName<T>): Generator<readonly [name: string, value: T]> {
    for (const { key, value } of this.#records.getRange({ start: prefix })) {
      if (!key.startsWith(prefix)) return;
      yield [key, this.#parse<T>(key, value)];
    }
  }

  /** How often this environment was committed to. */
  counter(): number {
    return this.#records.getEntry(counterName)?.version ?? 0;
  }

  chunk(key: Buffer): Buffer | undefined {
    return this.#chunks.get(key);
  }

  /** Keys in [start, end), ascending. */
  chunkKeys(start: Buffer, end: Buffer, limit: number): readonly Buffer[] {
    return [...this.#chunks.getKeys({ start, end, limit })];
  }

  /** The greatest key in [least, key]. */
  chunkKeyAtOrBelow(key: Buffer, least: Buffer): Buffer | undefined {
    const [found] = this.#chunks.getKeys({ start: key, reverse: true, limit: 1 });
    return found !== undefined && Buffer.compare(found, least) >= 0 ? found : undefined;
  }

  /** Writes all of it if the counter is still `expected`; answers whether it did. Resolves when it is on disk. */
  async writeIf(expected: number, changes: EnvironmentChanges): Promise<boolean> {
    refuseFullDisk(this.path);
    const write = (): void => this.#write(expected, changes);
    if (expected === 0) return await this.#records.ifNoExists(counterName, write);
    return await this.#records.ifVersion(counterName, expected, write);
  }

  /** Holds the write lock of the environment while `plan` runs, whenever this thread comes to run it. */
  async writeLocked<T extends { readonly changes: EnvironmentChanges }>(plan: () => T): Promise<T> {
    refuseFullDisk(this.path);
    return await this.#root.childTransaction(() => {
      const planned = plan();
      this.#write(this.counter(), planned.changes);
      return planned;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
  }

  #write(counter: number, changes: EnvironmentChanges): void {
    // These promises repeat what the commit as a whole tells.
    const ignore = (): void => {};
    this.#records.put(counterName, "", counter + 1).catch(ignore);
    for (const [name, value] of changes.records) this.#records.put(name, sealText(name, value), 1).catch(ignore);
    for (const [key, bytes] of changes.chunks) this.#chunks.put(key, bytes).catch(ignore);
    for (const key of changes.removed) this.#chunks.remove(key).catch(ignore);
  }

  #parse<T>(name: RecordName<T>, text: string): T {
    const body = openText(name, text);
    if (body !== undefined) return JSON.parse(body) as T;
    throw new OnefoldError("STORE_UNAVAILABLE", `The record ${name} in ${this.path} failed its checksum.`);
  }
}

export interface EnvironmentChanges {
  readonly records: ReadonlyMap<string, unknown>;
  readonly chunks: readonly (readonly [key: Buffer, bytes: Buffer])[];
  readonly removed: readonly Buffer[];
}

/**
 * Opens, and sets the format of an empty folder.
 * @throws STORE_FORMAT when it holds another format; STORE_UNAVAILABLE when it cannot be opened
 */
export async function openEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const environment = openFolder(options.path);
  try {
    await settleFormat(environment, options.format);
    return environment;
  } catch (error) {
    await environment[Symbol.asyncDispose]();
    throw error;
  }
}

function openFolder(path: string): Environment {
  try {
    restoreLength(path);
    return new Environment(path);
  } catch (cause) {
    throw new OnefoldError("STORE_UNAVAILABLE", `${path} cannot be opened: ${String(cause)}`, { cause });
  }
}

async function settleFormat(environment: Environment, wanted: Format): Promise<void> {
  if (environment.counter() === 0) {
    await environment.writeIf(0, { records: new Map([[formatName, wanted]]), chunks: [], removed: [] });
  }
  environment.renewSnapshot();
  const found = environment.record(formatName);
  if (found?.kind === wanted.kind && found.version === wanted.version) return;
  const holds = found === undefined ? "data without a format" : `${found.kind} in format ${found.version}`;
  const message = `${environment.path} holds ${holds}; this version reads ${wanted.kind} in format ${wanted.version}.`;
  throw new OnefoldError("STORE_FORMAT", message);
}
