/**
 * Exclusive ownership of a data directory among processes, released by the death of its owner.
 *
 * Each process that wants the directory puts a claim, a file with a name that nobody else ever uses, into `<dir>/owner/`,
 * and then looks: it owns the directory if no other claim there is of a running process; otherwise it takes its claim
 * back. Of two that claim at once, the one that looks later sees the other, so two never own; both may step back, and try
 * again. A claim whose process is gone can be removed by anybody at any time, since that process never comes back: there
 * is no takeover that could hit a living owner.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

/** Who owns a data directory, for people and for other commands. */
export interface Owner extends ProcessIdentity {
  /** An instance serves and takes operations of other commands; a command does one thing and ends. */
  readonly kind: "instance" | "command";
  /** `onefold start` */
  readonly command: string;
}

export type Claim =
  { readonly kind: "owned"; readonly lock: AsyncDisposable } | { readonly kind: "held"; readonly owner: Owner };

const ownerSchema = z.object({
  pid: z.int(),
  started: z.string(),
  kind: z.enum(["instance", "command"]),
  command: z.string(),
});

/** How often two that claim at the same moment try again before the later one gives way. */
const ATTEMPTS = 20;

/** Takes the directory, or says who has it. */
export async function claimDataDir(dataDir: string, as: Pick<Owner, "kind" | "command">): Promise<Claim> {
  const folder = join(dataDir, "owner");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner: Owner = { ...ownIdentity(), ...as };
  for (let attempt = 1; ; attempt++) {
    const before = await runningOwner(folder, null);
    if (before === null) {
      const name = await writeClaim(folder, owner);
      const other = await runningOwner(folder, name);
      if (other === null)
        return { kind: "owned", lock: { [Symbol.asyncDispose]: () => rm(join(folder, name), { force: true }) } };
      await rm(join(folder, name), { force: true });
      if (attempt >= ATTEMPTS) return { kind: "held", owner: other };
    } else if (attempt >= 2) return { kind: "held", owner: before };
    // What was seen may have been another's claim on its way back.
    await sleep(5 + Math.random() * 20);
  }
}

/** Whoever owns the directory now; null if nobody does. Makes nothing. */
export async function readOwner(dataDir: string): Promise<Owner | null> {
  return runningOwner(join(dataDir, "owner"), null);
}

/** Complete under its name, or not there. */
async function writeClaim(folder: string, owner: Owner): Promise<string> {
  const name = `${owner.pid}-${randomBytes(8).toString("hex")}.json`;
  const draft = join(folder, `.${name}`);
  await writeFile(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  await rename(draft, join(folder, name));
  return name;
}

async function runningOwner(folder: string, except: string | null): Promise<Owner | null> {
  let found: Owner | null = null;
  for (const name of await listClaims(folder)) {
    if (name === except) continue;
    const owner = await readClaim(join(folder, name));
    if (owner === null) continue;
    if (isRunning(owner)) found ??= owner;
    else await rm(join(folder, name), { force: true });
  }
  return found;
}

async function listClaims(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

/** Null: it has just gone, or a crash of the machine left it empty, when its process is gone, too. */
async function readClaim(path: string): Promise<Owner | null> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
