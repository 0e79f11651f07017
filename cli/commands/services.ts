/** `onefold services up`, `down` and `status`: real Kafka, Redis and ClickHouse on this machine, for development. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { readPort } from "../config.ts";
import { UsageError } from "../exit-codes.ts";
import { formatTable } from "../output/format-table.ts";
import { print } from "../output/terminal.ts";
import type { BroughtUp } from "../services/bring-up-services.ts";
import type { ServiceStatus } from "../services/service-folder.ts";
import type { ServiceName } from "../services/service.ts";
import { serviceNames, standardServices } from "../services/standard-services.ts";
import { addCommand, commandPath, Finished, type CommandContext } from "./command-context.ts";
import { addJsonFlag, gather } from "./shared-flags.ts";

export function addServicesCommands(program: Command, context: CommandContext): void {
  const group = addCommand(program, "services", {
    description: "Run real Kafka, Redis and ClickHouse on this machine, for development and without containers.",
    examples: [["onefold services up --write-config", "all three, and the onefold.yaml that fits them"]],
  });
  addUp(group, context);
  addDown(group, context);
  addStatus(group, context);
}

interface ServicesFlags {
  readonly folder: string;
  readonly only?: readonly string[];
  readonly json?: boolean;
}

function addFolderFlag(command: Command): Command {
  return command.option("--folder <dir>", "where their data and logs are kept", ".onefold-services");
}

function addOnlyFlag(command: Command): Command {
  return command.option("--only <services>", "kafka, redis or clickhouse; repeatable, or with commas", gather);
}

function readOnly({ only }: ServicesFlags, command: Command): readonly ServiceName[] {
  if (only === undefined) return serviceNames;
  const wanted = only.flatMap((text) => text.split(",")).map((text) => text.trim());
  const unknown = wanted.find((name) => !serviceNames.some((known) => known === name));
  if (unknown === undefined) return serviceNames.filter((name) => wanted.includes(name));
  const message = `--only takes ${serviceNames.join(", ")}, not ${JSON.stringify(unknown)}.`;
  throw new UsageError(message, commandPath(command));
}

interface UpFlags extends ServicesFlags {
  readonly portBase?: string;
  readonly writeConfig?: boolean;
}

function addUp(group: Command, context: CommandContext): void {
  const command = addCommand(group, "up", {
    description: "Start what does not run yet, on loopback. It goes on running when the command has ended.",
    examples: [
      ["onefold services up", "Kafka on 9092, Redis on 6379, ClickHouse's HTTP interface on 8123"],
      ["onefold services up --only kafka,redis --port-base 0", "two of them, on any free ports"],
    ],
  });
  addFolderFlag(addOnlyFlag(command))
    .option(
      "--port-base <n>",
      "ports from here on: Kafka, Redis, ClickHouse; 0: any free ones (default: the usual ones)",
    )
    .option("--write-config", "write the onefold.yaml that fits into the working directory");
  addJsonFlag(command).action((flags: UpFlags) => up(flags, command, context));
}

async function up(flags: UpFlags, command: Command, context: CommandContext): Promise<void> {
  const { terminal, surroundings, signal } = context;
  const names = readOnly(flags, command);
  const base = flags.portBase === undefined ? null : readPort("--port-base", flags.portBase);
  if (base !== null && base + serviceNames.length > 65536) {
    throw new UsageError("--port-base leaves no room for one port a service.", commandPath(command));
  }
  const { bringUpServices } = await import("../services/bring-up-services.ts");
  const { readAllStatuses } = await import("../services/service-folder.ts");
  const { servicesConfig } = await import("../services/services-config.ts");
  const { writeNewConfig } = await import("../services/write-new-config.ts");
  const folder = resolve(surroundings.cwd, flags.folder);
  const onProgress = (line: string): void => print(terminal.stderr, line);
  const services = await bringUpServices({ folder, names, portOf: (name) => portOf(name, base), signal, onProgress });
  const config = servicesConfig(await readAllStatuses(folder), await declaredDomains(surroundings));
  const file = flags.writeConfig === true ? await writeNewConfig(surroundings.cwd, config) : null;
  const answer = { services: services.map(summaryOf), config, file };
  print(terminal.stdout, flags.json === true ? JSON.stringify(answer) : describeUp(services, config, file));
}

/** Services start also beside declarations that cannot be read: `onefold check` says why. */
async function declaredDomains(surroundings: CommandContext["surroundings"]): Promise<readonly string[]> {
  const { readConfig } = await import("../config.ts");
  const { readDeclarations } = await import("../declarations.ts");
  try {
    const { domains } = await readDeclarations(readConfig({}, surroundings).domains);
    return domains.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** From a base, the services have ports one after another. */
function portOf(name: ServiceName, base: number | null): number {
  const at = serviceNames.indexOf(name);
  if (base === null) return standardServices[at]?.port ?? 0;
  return base === 0 ? 0 : base + at;
}

function summaryOf({ status, seconds }: BroughtUp): object {
  const { name, address, pids } = status;
  return { name, address, pids, started: seconds !== null };
}

function describeUp(services: readonly BroughtUp[], config: string, file: string | null): string {
  const rows = services.map(({ status, seconds }) => [
    status.name,
    status.address ?? status.state,
    seconds === null ? "ran already" : `started in ${seconds.toFixed(1)} s`,
  ]);
  const table = formatTable([{ title: "service" }, { title: "address" }, { title: "" }], rows);
  const where = file === null ? "This onefold.yaml fits (--write-config writes it):" : `${file} fits them.`;
  return [table, "", where, ...(file === null ? ["", config] : [])].join("\n");
}

interface DownFlags extends ServicesFlags {
  readonly deleteData?: boolean;
}

function addDown(group: Command, context: CommandContext): void {
  const command = addCommand(group, "down", {
    description: "Stop what `services up` has started, and nothing else. Data are kept for the next time.",
    examples: [
      ["onefold services down", "all that run"],
      ["onefold services down --delete-data", "and forget what they held"],
    ],
  });
  addFolderFlag(addOnlyFlag(command)).option("--delete-data", "delete their data and logs, too");
  addJsonFlag(command).action((flags: DownFlags) => down(flags, command, context));
}

async function down(flags: DownFlags, command: Command, { terminal, surroundings }: CommandContext): Promise<void> {
  const names = readOnly(flags, command);
  const { stopKeptService } = await import("../services/stop-kept-service.ts");
  const { deleteServices } = await import("../services/service-folder.ts");
  const folder = resolve(surroundings.cwd, flags.folder);
  const ran = await Promise.all(names.map((name) => stopKeptService(folder, name)));
  if (flags.deleteData === true) await deleteServices(folder, names);
  const stopped = names.filter((_name, i) => ran[i] === true);
  const answer = { stopped, deleted: flags.deleteData === true };
  print(terminal.stdout, flags.json === true ? JSON.stringify(answer) : describeDown(answer));
}

function describeDown({
  stopped,
  deleted,
}: {
  readonly stopped: readonly string[];
  readonly deleted: boolean;
}): string {
  const what = stopped.length === 0 ? "Nothing ran." : `Stopped: ${stopped.join(", ")}.`;
  return deleted ? `${what} Their data are deleted.` : what;
}

function addStatus(group: Command, context: CommandContext): void {
  const command = addCommand(group, "status", {
    description: "Tell which services run, where, and since when. Exit code 1 unless all do.",
    examples: [["onefold services status --json", "for a program"]],
  });
  addJsonFlag(addFolderFlag(command)).action((flags: ServicesFlags) => status(flags, context));
}

async function status(flags: ServicesFlags, { terminal, surroundings }: CommandContext): Promise<void> {
  const { readAllStatuses } = await import("../services/service-folder.ts");
  const services = await readAllStatuses(resolve(surroundings.cwd, flags.folder));
  print(terminal.stdout, flags.json === true ? JSON.stringify({ services }) : describeStatus(services));
  if (services.some(({ state }) => state !== "running")) throw new Finished("failed");
}

function describeStatus(services: readonly ServiceStatus[]): string {
  const columns = [
    { title: "service" },
    { title: "state" },
    { title: "address" },
    { title: "process" },
    { title: "since" },
  ];
  const rows = services.map(({ name, state, address, pids, since }) => [
    name,
    state,
    address ?? "",
    pids.join(", "),
    since ?? "",
  ]);
  return formatTable(columns, rows);
}
