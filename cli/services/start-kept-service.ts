/** Starts a service that stays when this process ends: a keeper of its own starts it and keeps it. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { OnefoldError } from "../../schema/errors.ts";
import type { KeeperMessage } from "./keeper-message.ts";
import { refuseBusyPort } from "./port-holder.ts";
import { serviceFolder } from "./service-folder.ts";
import type { ServiceName } from "./service.ts";

export interface StartKeptOptions {
  /** Of all services. Absolute. */
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
  /** Gives up: what was begun is taken down. */
  readonly signal: AbortSignal;
}

/** Nobody else runs the service in this folder. Resolves with its address. @throws PORT_BUSY, UNSUPPORTED_PLATFORM, SERVICE_FAILED */
export async function startKeptService(name: ServiceName, options: StartKeptOptions): Promise<string> {
  const { folder, port, signal } = options;
  await refuseBusyPort(port, name);
  await mkdir(serviceFolder(folder, name), { recursive: true });
  await using log = await open(join(serviceFolder(folder, name), "keeper.log"), "a");
  const program = new URL(`./keep-service${extname(import.meta.url)}`, import.meta.url);
  const keeper = spawn(process.execPath, [fileURLToPath(program), name, folder, String(port)], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  const message = await firstMessage(keeper, signal);
  keeper.unref();
  if (message.kind === "ready") return message.address;
  const lead = message.missing ? "" : `${name} has not started: `;
  throw new OnefoldError(message.missing ? "UNSUPPORTED_PLATFORM" : "SERVICE_FAILED", `${lead}${message.message}`);
}

function firstMessage(keeper: ChildProcess, signal: AbortSignal): Promise<KeeperMessage> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      // It ends what it has begun.
      if (keeper.connected) keeper.disconnect();
      keeper.unref();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    keeper.once("message", (message) => {
      signal.removeEventListener("abort", onAbort);
      resolve(message as KeeperMessage);
    });
    keeper.once("error", reject);
    keeper.once("exit", (code) => {
      resolve({ kind: "failed", missing: false, message: `its keeper ended (${String(code)}); see keeper.log.` });
    });
    if (signal.aborted) onAbort();
  });
}
