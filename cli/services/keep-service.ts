/**
 * A program of its own: starts one service, keeps it until SIGTERM, and stops it in order. It outlives the command that
 * started it, once it has told that command that the service is ready.
 *
 *     keep-service <name> <folder of the services> <port>
 */
import { identityOf, ownIdentity } from "../data-dir/process-identity.ts";
import type { KeeperMessage } from "./keeper-message.ts";
import { createRecord, removeRecord, replaceRecord, serviceFolder } from "./service-folder.ts";
import { ServiceMissingError, type RunningService, type ServiceName } from "./service.ts";
import { standardKafka, standardRedis } from "./standard-services.ts";

const [, , name, folder, port] = process.argv;
await keep(name as ServiceName, folder ?? "", Number(port));
process.exit();

async function keep(name: ServiceName, folder: string, port: number): Promise<void> {
  const stopped = stopRequested();
  const begun = { keeper: ownIdentity(), servers: [], address: null, since: new Date().toISOString() };
  if (!(await createRecord(folder, name, begun))) {
    await tell({ kind: "failed", missing: false, message: `Another command is starting ${name} in this folder.` });
    process.exitCode = 1;
    return;
  }
  try {
    await using service = await start(name, { folder: serviceFolder(folder, name), port });
    const servers = service.pids.flatMap((pid) => identityOf(pid) ?? []);
    const [address = null] = service.addresses;
    await replaceRecord(folder, name, { ...begun, servers, address });
    await tell({ kind: "ready", address: address ?? "" });
    stopped.forgetParent();
    const why = await Promise.race([stopped.promise, service.ended().then(() => "ended" as const)]);
    if (why === "ended") {
      // The record stays: it says that this was not asked for.
      console.error(`${name} has ended by itself.`);
      process.exitCode = 1;
      return;
    }
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    await tell({ kind: "failed", missing: fault instanceof ServiceMissingError, message });
    process.exitCode = 1;
  }
  await removeRecord(folder, name);
}

async function start(
  name: ServiceName,
  options: { readonly folder: string; readonly port: number },
): Promise<RunningService> {
  switch (name) {
    case "kafka": {
      const { startKafka } = await import("./kafka-service.ts");
      return startKafka({ ...options, ...standardKafka });
    }
    case "redis": {
      const { startRedis } = await import("./redis-service.ts");
      return startRedis({ ...options, ...standardRedis });
    }
    case "clickhouse": {
      const { startClickHouse } = await import("./clickhouse-service.ts");
      return startClickHouse(options);
    }
  }
}

interface StopRequest {
  readonly promise: Promise<"asked">;
  /** From now on the service stays when the command that started it ends. */
  forgetParent(): void;
}

/** SIGTERM, or the end of the starting command before the service is ready. */
function stopRequested(): StopRequest {
  let ask: (why: "asked") => void = () => undefined;
  const promise = new Promise<"asked">((resolve) => (ask = resolve));
  const onAsked = (): void => ask("asked");
  process.on("SIGTERM", onAsked);
  process.on("SIGINT", onAsked);
  process.on("disconnect", onAsked);
  return {
    promise,
    forgetParent() {
      process.off("disconnect", onAsked);
      if (process.connected) process.disconnect();
    },
  };
}

/** Resolves once it is sent, or nobody is there to hear it. */
function tell(message: KeeperMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}
