/** Refuses a port that is taken, and says by whom. */
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { OnefoldError } from "../../schema/errors.ts";
import { systemErrorCode } from "../data-dir/system-error-code.ts";

/** 0 is never taken. @throws PORT_BUSY */
export async function refuseBusyPort(port: number, name: string): Promise<void> {
  if (port === 0 || !(await isBusy(port))) return;
  const holder = await portHolder(port);
  const who = holder === null ? "another process" : `${holder.command} (process ${holder.pid})`;
  throw new OnefoldError("PORT_BUSY", `Port ${port}, which ${name} is to have, is taken by ${who}.`, {
    remedy: "Stop what listens there, or choose other ports with --port-base (0: any free ones).",
  });
}

async function isBusy(port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch (error) {
    if (systemErrorCode(error) === "EADDRINUSE") return true;
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return false;
}

export interface PortHolder {
  readonly pid: number;
  /** Its name, as the system shows it: `java` */
  readonly command: string;
}

/** Null: nobody, somebody of another user, or a system without /proc. */
export async function portHolder(port: number): Promise<PortHolder | null> {
  const sockets = new Set((await listeningSockets(port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
    if (!targets.some((target) => sockets.has(target))) continue;
    const command = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process");
    return { pid: Number(pid), command: command.trim() };
  }
  return null;
}

/** Inodes of the sockets that listen on the port: fields 2, 4 and 10 of `/proc/net/tcp` (proc(5)). */
async function listeningSockets(port: number): Promise<readonly string[]> {
  const LISTEN = "0A";
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return tables
    .flatMap((table) => table.split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === LISTEN)
    .map((fields) => fields[9] ?? "");
}
