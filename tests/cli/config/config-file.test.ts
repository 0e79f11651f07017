/** `onefold.yaml`: found, put under environment and flags, and refused with every mistake at its place. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readConfig, readStartConfig, type ServeFlags } from "../../../cli/config.ts";
import { ConfigInvalid } from "../../../cli/config/config-mistake.ts";
import { exitCodeOf, UsageError } from "../../../cli/exit-codes.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

/** A folder with an `onefold.yaml` of this text, and what reads it. */
async function withFile(text: string, name = "onefold.yaml") {
  const folder = await openTemporaryFolder();
  await mkdir(join(folder.path, "deploy"));
  await writeFile(join(folder.path, name), text);
  const around = (env: Record<string, string>) => ({ env, cwd: folder.path });
  return {
    path: folder.path,
    read: (flags: ServeFlags = {}, env: Record<string, string> = {}) => readStartConfig(flags, around(env)),
    readPlain: (flags: ServeFlags = {}, env: Record<string, string> = {}) => readConfig(flags, around(env)),
    fail(flags: ServeFlags = {}, env: Record<string, string> = {}): unknown {
      try {
        readStartConfig(flags, around(env));
      } catch (error) {
        return error;
      }
      throw new Error("The settings were taken.");
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const distributed = `profile: distributed
kafka:
  brokers: ["k1:9092", "k2:9092"]
redis:
  url: redis://r:6380
clickhouse:
  url: http://c:8123
`;

describe("onefold.yaml", () => {
  it("stands below flags and environment, and above the defaults", async () => {
    await using file = await withFile("http: { port: 1, host: h1 }\nlog: { level: warn }\ningest:\n");
    expect(file.read({}, {})).toMatchObject({ profile: "embedded", port: 1, host: "h1", logLevel: "warn", rate: 40 });
    expect(file.read({}, { ONEFOLD_HTTP_PORT: "2", HOST: "h2" })).toMatchObject({ port: 2, host: "h2" });
    const flags = { port: "3", logLevel: "debug" };
    expect(file.read(flags, { ONEFOLD_HTTP_PORT: "2" })).toMatchObject({ port: 3, host: "h1", logLevel: "debug" });
  });

  it("is named by a flag or a variable, and must then be there", async () => {
    await using file = await withFile("http: { port: 7 }", "deploy/a.yaml");
    expect(file.read().port).toBe(4000);
    expect(file.read({ config: "deploy/a.yaml" }).port).toBe(7);
    expect(file.read({}, { ONEFOLD_CONFIG: "deploy/a.yaml" }).port).toBe(7);
    expect(file.fail({ config: "b.yaml" })).toMatchObject({ message: expect.stringMatching(/^--config: .*"b\.yaml"/) });
    expect(file.fail({}, { ONEFOLD_CONFIG: "deploy" })).toMatchObject({
      message: expect.stringMatching(/^ONEFOLD_CONFIG: .*EISDIR/),
    });
  });

  it("has paths that start from its own folder; those of flags and variables start from the working directory", async () => {
    await using file = await withFile("dataDir: data\ndomains: ../shop\n", "deploy/a.yaml");
    const config = { config: "deploy/a.yaml" };
    expect(file.readPlain(config)).toMatchObject({
      dataDir: join(file.path, "deploy/data"),
      domains: join(file.path, "shop"),
    });
    expect(file.readPlain(config, { ONEFOLD_DATA_DIR: "d" }).dataDir).toBe(join(file.path, "d"));
  });

  it("gives the stores what they are opened with", async () => {
    await using file = await withFile(`${distributed}roles: [ingest, gateway]
subgraphs:
  consumer: { url: "https://s:1/consumer/graphql" }
`);
    const config = file.read({}, { ONEFOLD_KAFKA_SSL: "true", ONEFOLD_SUBGRAPHS_MY_SHOP_URL: "http://m/graphql" });
    expect(config).toMatchObject({
      profile: "distributed",
      roles: new Set(["ingest", "gateway"]),
      rate: null,
      kafka: { brokers: ["k1:9092", "k2:9092"], clientId: "onefold", ssl: true, replicationFactor: 1 },
      redis: { nodes: [{ host: "r", port: 6380 }], cluster: false, namespace: "onefold" },
      clickhouse: { url: "http://c:8123", database: "onefold", cluster: null },
      subgraphs: {
        consumer: { url: "https://s:1/consumer/graphql", subscriptions: "wss://s:1/consumer/graphql" },
        "my-shop": { url: "http://m/graphql", subscriptions: "ws://m/graphql" },
      },
    });
    expect(file.read({ role: ["all"] })).toMatchObject({ roles: new Set(["ingest", "subgraph", "gateway"]) });
    expect(file.read({ role: ["ingest,subgraph"] })).toMatchObject({ roles: new Set(["ingest", "subgraph"]) });
  });

  it("knows clusters and certificates", async () => {
    await using file = await withFile(`profile: distributed
kafka: { brokers: ["[::1]:9092"], ssl: { ca: CA, cert: C, key: K, rejectUnauthorized: false } }
redis: { nodes: ["a:1", "b:2"], cluster: true, tls: true }
clickhouse:
  url: https://c
  tls: { ca: CA }
  cluster: { name: main, shards: [["http://a:1", "http://b:1"], ["http://c:1"]] }
`);
    expect(file.read()).toMatchObject({
      kafka: { ssl: { ca: "CA", cert: "C", key: "K", rejectUnauthorized: false } },
      redis: {
        nodes: [
          { host: "a", port: 1 },
          { host: "b", port: 2 },
        ],
        cluster: true,
        tls: true,
      },
      clickhouse: {
        tls: { ca: "CA" },
        cluster: { name: "main", shards: [["http://a:1", "http://b:1"], ["http://c:1"]] },
      },
    });
  });

  it("has live sample traffic on the distributed profile only where a rate is set", async () => {
    await using file = await withFile(distributed);
    expect(file.read().rate).toBeNull();
    expect(file.read({ rate: "5" }).rate).toBe(5);
    expect(file.read({ rate: "5", generate: false }).rate).toBeNull();
    expect(file.read({}, { ONEFOLD_GENERATE_ENABLED: "true" }).rate).toBe(40);
  });
});

describe("mistakes in onefold.yaml", () => {
  it("are all told at once, each with its place, what is wrong and what would be right", async () => {
    await using file = await withFile(`profile: distributed
http:
  port: http
  prot: 5
kafka:
  brokrs: [a:1]
redis:
  url: redis://r
  nodes: [a:1, b:2]
clickhouse:
  url: ftp://c
  tls: { ca: x, cert: y }
subgraphs: { 1st: { url: "http://a" } }
ingest: 5
extra: 1
`);
    const error = file.fail({ logLevel: "loud" }, { ONEFOLD_ROLES: "gatway" });
    expect(error).toBeInstanceOf(ConfigInvalid);
    expect(exitCodeOf(error)).toBe(2);
    expect((error as Error).message.split("\n")).toEqual([
      'ONEFOLD_ROLES takes one of all, ingest, subgraph, gateway, not "gatway".',
      '--log-level takes one of fatal, error, warn, info, debug, trace, silent, not "loud".',
      'onefold.yaml:3:9: http.port cannot be "http". It takes a port from 0 to 65535 (0: any free one).',
      'onefold.yaml:4:3: http has no setting "prot". Did you mean "port"?',
      "onefold.yaml:5:1: kafka.brokers is missing: the distributed profile needs it. Set it to a list of host:port, here or by ONEFOLD_KAFKA_BROKERS.",
      'onefold.yaml:6:3: kafka has no setting "brokrs". Did you mean "brokers"?',
      "onefold.yaml:9:10: redis has a url and nodes. Leave one of the two.",
      "onefold.yaml:9:10: redis.nodes names several servers, which only a cluster has. Set `cluster: true`, or name one.",
      'onefold.yaml:11:8: clickhouse.url cannot be "ftp://c". It takes a URL that starts with http:// or https://, without a user name or password in it.',
      "onefold.yaml:12:23: clickhouse.tls has cert without key. Add key.",
      'onefold.yaml:13:14: "1st" cannot stand in subgraphs. It takes the name of a domain.',
      "onefold.yaml:14:9: ingest cannot be 5. It takes a section of settings.",
      expect.stringMatching(/^onefold\.yaml:15:1: There is no setting "extra"\. It can be profile, roles, domains,/),
      "13 mistakes in the settings.",
    ]);
    expect((error as ConfigInvalid).diagnostics).toContainEqual({
      file: "onefold.yaml",
      line: 4,
      column: 3,
      path: "http.prot",
      reason: 'http has no setting "prot".',
      remedy: 'Did you mean "port"?',
    });
  });

  it.each([
    ["a: b: c", 1, 4],
    ["http: { port: 1", 1, 16],
    ["\tprofile: embedded", 1, 1],
    ["http:\n  port: 1\nhttp: {}", 3, 1],
    ["dataDir: @x", 1, 10],
    ["dataDir: *x", 1, 10],
    ["dataDir: !y x", 1, 10],
    ["a: 1\n---\nb: 1", 2, 1],
    ["? [a]\n: b", 1, 3],
  ])("are told where it is not YAML: %j", async (text, line, column) => {
    await using file = await withFile(text);
    expect(file.fail()).toMatchObject({
      diagnostics: expect.arrayContaining([expect.objectContaining({ line, column })]),
    });
  });

  it.each(["[]", "text", "5", "- a"])("are told where it is no section: %j", async (text) => {
    await using file = await withFile(text);
    expect(file.fail()).toMatchObject({ message: expect.stringContaining("onefold.yaml:1:1: The file cannot be") });
  });

  it.each([
    "__proto__: { polluted: 1 }",
    "http: { __proto__: { port: 5 } }",
    "constructor: 1",
    "subgraphs: { toString: {} }",
  ])("do not reach into objects: %j", async (text) => {
    await using file = await withFile(text);
    expect(file.fail()).toBeInstanceOf(ConfigInvalid);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("of roles and profile are told", async () => {
    await using embedded = await withFile("http: {}");
    expect(embedded.fail({ role: ["ingest"] })).toMatchObject({
      message:
        "The embedded profile runs all roles in one process. Leave the roles out, or set `profile: distributed`.",
    });
    expect(embedded.fail({}, { ONEFOLD_PROFILE: "distributed" })).toMatchObject({
      message: expect.stringMatching(
        /kafka\.brokers is missing[^]*redis\.url is missing[^]*clickhouse\.url is missing/,
      ),
    });
    await using file = await withFile(distributed);
    expect(file.fail({ role: ["gateway"] })).toMatchObject({ message: expect.stringContaining("must know where") });
    expect(file.fail({}, { PORT: "4001" })).toMatchObject({ message: expect.stringContaining("are both 4001") });
    expect(file.read({ role: ["ingest"] }, { PORT: "4001" }).port).toBe(4001);
  });

  it("of a single flag or variable are one line", async () => {
    await using file = await withFile("http: { port: 1 }");
    const error = file.fail({}, { ONEFOLD_INGEST_PARTITIONS: "none" });
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: 'ONEFOLD_INGEST_PARTITIONS takes a whole number from 1 to 10000, not "none".',
    });
  });
});
