/** `onefold gateway`: a federation gateway over subgraphs in any language, without stores, until Ctrl-C. */
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { readCount, type GatewayConfig, type ServeFlags } from "../config.ts";
import { UsageError } from "../exit-codes.ts";
import type { InstanceLogger } from "../instance/create-instance-logger.ts";
import type { GatewayRun, StartedGateway } from "../instance/run-gateway.ts";
import type { WorkersLink } from "../instance/workers/join-workers.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import { addConfigFlag, addServeFlags, gather } from "./shared-flags.ts";

interface GatewayFlags extends ServeFlags {
  readonly supergraph?: string;
  readonly subgraph?: readonly string[];
  readonly lookEvery?: string;
  readonly workers?: string;
  readonly share?: NonNullable<GatewayRun["share"]>;
}

export function addGatewayCommand(program: Command, context: CommandContext): void {
  const command = addCommand(program, "gateway", {
    description: "Run a federation gateway alone: any supergraph, subgraphs in any language, no stores.",
    examples: [
      [
        "onefold gateway --supergraph supergraph.graphql",
        "the graph of that file, which is watched, on http://127.0.0.1:4000",
      ],
      [
        "onefold gateway --subgraph users=http://127.0.0.1:4001/graphql --subgraph shop=http://127.0.0.1:4002/graphql",
        "two subgraphs, composed here and asked for changes",
      ],
      ["onefold gateway --supergraph supergraph.graphql --workers 4", "on four cores"],
    ],
  });
  command
    .option("--supergraph <file>", "composed supergraph SDL; a changed file is served at once, an unfit one refused")
    .option(
      "--subgraph <name=url>",
      "a subgraph to compose; beside --supergraph: its address there; repeatable",
      gather,
    )
    .option("--look-every <ms>", "how often file or subgraphs are looked at (default: 250, subgraphs: 5000)")
    .option("--workers <n>", "processes that share the port, for more cores (default: 1)")
    .addOption(
      new Option(
        "--share <what>",
        "what identical requests that are under way at once share (default: as set, reads)",
      ).choices(["none", "reads", "queries"]),
    )
    .option("--jwks <url or file>", "the keys of those who issue JSON Web Tokens: clients are known by theirs")
    .option("--jwt-issuer <text>", "what a token's iss must be one of; repeatable (default: any)", gather)
    .option("--jwt-audience <text>", "what a token's aud must have one of; repeatable (default: any)", gather);
  addConfigFlag(addServeFlags(command)).action((flags: GatewayFlags) => serve(flags, context));
}

async function serve(flags: GatewayFlags, { terminal, surroundings, signal }: CommandContext): Promise<void> {
  const addresses = readAddresses(flags.subgraph ?? []);
  const { supergraph } = flags;
  if (supergraph === undefined && Object.keys(addresses).length === 0) {
    throw new UsageError("Give --supergraph FILE, or --subgraph NAME=URL once for each subgraph.", "onefold gateway");
  }
  const run = readRun(flags, addresses, surroundings.cwd);
  const workers = flags.workers === undefined ? 1 : readCount("--workers", flags.workers);
  const { readGatewayConfig } = await import("../config.ts");
  const config = readGatewayConfig(flags, surroundings);
  const { createInstanceLogger } = await import("../instance/create-instance-logger.ts");
  const { describeGateway, warnAboutHost } = await import("../instance/describe-start.ts");
  const { print } = await import("../output/terminal.ts");
  const { joinWorkers } = await import("../instance/workers/join-workers.ts");
  const link = await joinWorkers();
  const logger = createInstanceLogger({ level: config.logLevel, stream: terminal.stderr });
  if (link !== null) return work(config, run, { link, signal, logger: logger.child({ process: link.number }) });

  const warning = warnAboutHost(config.host);
  if (warning !== null) logger.warn({}, warning);
  const onReady = (started: StartedGateway): void => print(terminal.stdout, describeGateway(config, started));
  if (workers > 1) {
    const { keepWorkers } = await import("../instance/workers/keep-workers.ts");
    return keepWorkers({ count: workers, address: config, logger, signal, onReady });
  }
  const { runGateway } = await import("../instance/run-gateway.ts");
  await runGateway(config, run, { logger, signal, onReady, link });
}

interface WorkerDeps {
  readonly link: WorkersLink;
  readonly signal: AbortSignal;
  readonly logger: InstanceLogger;
}

async function work(config: GatewayConfig, run: GatewayRun, { link, signal, logger }: WorkerDeps): Promise<void> {
  const { runGateway } = await import("../instance/run-gateway.ts");
  const ends = AbortSignal.any([signal, link.ended]);
  await runGateway(config, run, { logger, signal: ends, link, onReady: (started) => link.ready(started) });
  link.leave();
}

function readRun(flags: GatewayFlags, addresses: GatewayRun["addresses"], cwd: string): GatewayRun {
  const { supergraph, lookEvery, share = null } = flags;
  const given = lookEvery === undefined ? null : readCount("--look-every", lookEvery);
  const common = { addresses, share };
  if (supergraph === undefined) return { ...common, origin: { kind: "subgraphs" }, lookEveryMs: given ?? 5_000 };
  return { ...common, origin: { kind: "file", path: resolve(cwd, supergraph) }, lookEveryMs: given ?? 250 };
}

function readAddresses(given: readonly string[]): Readonly<Record<string, string>> {
  const addresses = new Map<string, string>();
  for (const text of given) {
    const [, name, url] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined || url === undefined || !URL.canParse(url)) {
      throw new UsageError(`--subgraph takes NAME=URL, not ${JSON.stringify(text)}.`, "onefold gateway");
    }
    if (addresses.has(name)) throw new UsageError(`--subgraph gives ${name} two addresses.`, "onefold gateway");
    addresses.set(name, url);
  }
  return Object.fromEntries(addresses);
}
