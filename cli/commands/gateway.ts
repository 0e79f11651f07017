/** `onefold gateway`: a federation gateway over subgraphs in any language, without stores, until Ctrl-C. */
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { readCount, type ServeFlags } from "../config.ts";
import { UsageError } from "../exit-codes.ts";
import { addCommand, type CommandContext } from "./command-context.ts";
import type { GatewayRun } from "../instance/run-gateway.ts";
import { addConfigFlag, gather } from "./shared-flags.ts";

interface GatewayFlags extends ServeFlags {
  readonly supergraph?: string;
  readonly subgraph?: readonly string[];
  readonly lookEvery?: string;
  readonly share?: GatewayRun["share"];
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
    .addOption(
      new Option("--share <what>", "what identical requests that are under way at once share (default: reads)").choices(
        ["none", "reads"],
      ),
    )
    .option("--port <n>", "where to listen; 0: any free port; also PORT (default: 4000)")
    .option("--host <host>", "the address to listen on; also HOST (default: 127.0.0.1)")
    .option(
      "--cors-origin <origin>",
      "pages of this origin may call; repeatable; also ONEFOLD_CORS_ORIGINS (default: any on this machine)",
      gather,
    )
    .option(
      "--log-level <level>",
      "fatal, error, warn, info, debug, trace or silent; also ONEFOLD_LOG_LEVEL (default: info)",
    );
  addConfigFlag(command).action((flags: GatewayFlags) => serve(flags, context));
}

async function serve(flags: GatewayFlags, { terminal, surroundings, signal }: CommandContext): Promise<void> {
  const addresses = readAddresses(flags.subgraph ?? []);
  const { supergraph } = flags;
  if (supergraph === undefined && Object.keys(addresses).length === 0) {
    throw new UsageError("Give --supergraph FILE, or --subgraph NAME=URL once for each subgraph.", "onefold gateway");
  }
  const { readGatewayConfig } = await import("../config.ts");
  const config = readGatewayConfig(flags, surroundings);
  const { createInstanceLogger } = await import("../instance/create-instance-logger.ts");
  const { describeGateway, warnAboutHost } = await import("../instance/describe-start.ts");
  const { print } = await import("../output/terminal.ts");
  const { runGateway } = await import("../instance/run-gateway.ts");
  const logger = createInstanceLogger({ level: config.logLevel, stream: terminal.stderr });
  const warning = warnAboutHost(config.host);
  if (warning !== null) logger.warn({}, warning);
  const origin =
    supergraph === undefined
      ? ({ kind: "subgraphs" } as const)
      : ({ kind: "file", path: resolve(surroundings.cwd, supergraph) } as const);
  const lookEveryMs =
    flags.lookEvery === undefined
      ? supergraph === undefined
        ? 5_000
        : 250
      : readCount("--look-every", flags.lookEvery);
  await runGateway(
    config,
    { origin, addresses, lookEveryMs, share: flags.share ?? "reads" },
    { logger, signal, onReady: (started) => print(terminal.stdout, describeGateway(config, started)) },
  );
}

function readAddresses(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, url] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (name !== undefined && url !== undefined && URL.canParse(url)) return [name, url] as const;
      throw new UsageError(`--subgraph takes NAME=URL, not ${JSON.stringify(text)}.`, "onefold gateway");
    }),
  );
}
