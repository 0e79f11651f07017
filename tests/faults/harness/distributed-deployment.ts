/** The distributed profile under the harness: one process that answers, some that ingest, and events produced into Kafka. */
import { Kafka, logLevel, type Message, type Producer } from "kafkajs";
import type { Tally } from "../../../ingest/models/outcome-tallies.ts";
import { runOnefoldJson, useEnvironment } from "../../support/onefold-program.ts";
import type { TestRedis } from "../../support/start-redis.ts";
import type { TestServices } from "../../support/start-services.ts";
import type { Deployment } from "./deployment.ts";
import { openPositions, paymentsTopic, until, type Positions } from "./distributed-positions.ts";
import { ledgerDomains } from "./embedded-deployment.ts";
import { spawnOnefold, type Launch, type OnefoldProcess } from "./onefold-process.ts";
import { readTally } from "./read-metrics.ts";

export interface DistributedOptions {
  /** Processes that ingest after a start. @default 2 */
  readonly members?: number;
  /** @default the one of the services */
  readonly redis?: TestRedis;
  /** Variables of all processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of the processes that ingest: a proxy that they reach a store through. */
  readonly memberEnv?: Readonly<Record<string, string>>;
}

export interface DistributedDeployment extends Deployment {
  readonly profile: "distributed";
  readonly redis: TestRedis;
  readonly positions: Positions;
  /** The processes that ingest and have not ended. */
  readonly members: readonly OnefoldProcess[];
  /** Starts one more process that ingests; healthy when it resolves. */
  startMember(launch?: Launch): Promise<OnefoldProcess>;
  /** As {@link startMember}, without waiting for its health. */
  launchMember(launch?: Launch): Promise<OnefoldProcess>;
  /** Drops its database in ClickHouse. */
  dropSeries(): Promise<void>;
}

const PARTITIONS = 4;

let deployments = 0;

export async function openDistributedDeployment(
  services: TestServices,
  options: DistributedOptions = {},
): Promise<DistributedDeployment> {
  const { kafka, clickhouse } = services;
  const redis = options.redis ?? services.redis;
  const name = `ledger-${String(process.pid)}-${String(deployments++)}`;
  const environment: Readonly<Record<string, string>> = {
    ...services.environment(name),
    ONEFOLD_REDIS_URL: `redis://${redis.service.addresses[0] ?? ""}`,
    ONEFOLD_INGEST_PARTITIONS: String(PARTITIONS),
    ONEFOLD_INGEST_SERIES_FLUSH_MS: "250",
    ...options.env,
  };
  const { ONEFOLD_KAFKA_NAMESPACE: namespace = "", ONEFOLD_CLICKHOUSE_DATABASE: database = "" } = environment;
  const positions = openPositions({
    ...{ brokers: kafka.service.addresses, namespace, partitions: PARTITIONS },
    redis: redis.options({ namespace: environment["ONEFOLD_REDIS_NAMESPACE"] ?? "" }),
    clickhouse: { url: clickhouse.url, database },
  });
  const producer = createProducer(kafka.service.addresses);
  const started: OnefoldProcess[] = [];
  const ingesting: OnefoldProcess[] = [];
  const members = (): OnefoldProcess[] => ingesting.filter(({ isRunning }) => isRunning);

  const spawn = async (role: string, how: Launch, env: Readonly<Record<string, string>> = {}) => {
    const args = ["start", "--role", role, "--domains", ledgerDomains, "--no-generate", "--log-level", "warn"];
    const process = await spawnOnefold(args, how, { ...environment, ...env });
    started.push(process);
    return process;
  };
  const spawnMember = async (how: Launch): Promise<OnefoldProcess> => {
    const process = await spawn("ingest", how, options.memberEnv);
    ingesting.push(process);
    return process;
  };
  const launch = async (how: Launch = {}): Promise<OnefoldProcess> => {
    for (let i = members().length; i < (options.members ?? 2); i++) await spawnMember(how);
    return await spawn("gateway,subgraph", how);
  };
  return {
    profile: "distributed",
    dataDir: name,
    ...{ redis, positions, launch },
    get members() {
      return members();
    },
    async start(how) {
      const process = await launch(how);
      await Promise.all([process, ...members()].map((each) => each.untilHealth("ok")));
      await positions.untilMembers(members().length);
      return process;
    },
    async startMember(how = {}) {
      const process = await spawnMember(how);
      await process.untilHealth("ok");
      return process;
    },
    launchMember: (how = {}) => spawnMember(how),
    async dropSeries() {
      const answer = await fetch(clickhouse.url, { method: "POST", body: `DROP DATABASE ${database} SYNC` });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async produce(_, texts) {
      const connected = await producer();
      await connected.send({ topic: `${namespace}${paymentsTopic}`, acks: -1, messages: texts.map(messageOf) });
    },
    async tallies(_, records) {
      let tally = await sumTallies(members());
      await until(`The metrics tell of ${String(records)} records`, async () => {
        tally = await sumTallies(members());
        return tally.applied + tally.duplicates + tally.quarantined >= records;
      });
      return tally;
    },
    command(args) {
      useEnvironment(() => environment);
      return runOnefoldJson([...args, "--data-dir", name, "--domains", ledgerDomains]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((process) => process[Symbol.asyncDispose]()));
      await positions[Symbol.asyncDispose]();
      await producer()
        .then((connected) => connected.disconnect())
        .catch(() => undefined);
    },
  };
}

async function sumTallies(members: readonly OnefoldProcess[]): Promise<Tally> {
  const all = await Promise.all(members.map(({ url }) => readTally(url)));
  const sum = (of: keyof Tally): number => all.reduce((total, tally) => total + tally[of], 0);
  return { applied: sum("applied"), duplicates: sum("duplicates"), quarantined: sum("quarantined"), late: sum("late") };
}

/** A producer as others have it, which sends again what a broker has not acknowledged. Connected at its first use. */
function createProducer(brokers: readonly string[]): () => Promise<Producer> {
  const kafka = new Kafka({
    clientId: "shop",
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: 10_000,
    retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000 },
  });
  let connecting: Promise<Producer> | null = null;
  return () => {
    connecting ??= (async () => {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      return producer;
    })().catch((fault: unknown) => {
      connecting = null;
      throw fault;
    });
    return connecting;
  };
}

/** The key is the account, so that one payment is always in one partition. What names none has no key. */
function messageOf(text: string | Buffer): Message {
  const value = Buffer.from(text as string);
  const [, account] = /"account":"(\w+)"/.exec(value.toString("latin1")) ?? [];
  return { key: account ?? null, value };
}
