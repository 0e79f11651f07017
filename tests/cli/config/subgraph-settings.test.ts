/** How a gateway is told to reach its subgraphs: by file and variables, with secrets that are never shown. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readSettings, readStartConfig, type RemoteSubgraph } from "../../../cli/config.ts";
import { describeSettings } from "../../../cli/config/describe-settings.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const SECRET = "hunter2-7391";

const base = `profile: distributed
roles: [gateway]
kafka: { brokers: ["k:1"] }
redis: { url: redis://r }
clickhouse: { url: http://c }
subgraphs:
  shop:
    url: https://s/graphql
`;

/** @param section what the subgraph has besides its address, one setting a line */
async function withFile<T>(section: string, read: (cwd: string) => T, top = ""): Promise<T> {
  await using folder = await openTemporaryFolder();
  await writeFile(join(folder.path, "secret.txt"), `${SECRET}\n`);
  const lines = section.split("\n").map((line) => `    ${line}`);
  await writeFile(join(folder.path, "onefold.yaml"), `${base}${lines.join("\n")}\n${top}\n`);
  return read(folder.path);
}

const shopOf = (section: string, env: Record<string, string> = {}): Promise<RemoteSubgraph | undefined> =>
  withFile(section, (cwd) => {
    const config = readStartConfig({}, { env, cwd });
    return config.profile === "distributed" ? config.subgraphs["shop"] : undefined;
  });

describe("a subgraph elsewhere", () => {
  it("has defaults for all but its address", async () => {
    expect(await shopOf("")).toEqual({
      url: "https://s/graphql",
      subscriptions: "wss://s/graphql",
      options: {
        headers: {},
        forwardHeaders: ["authorization", "x-request-id", "traceparent", "tracestate"],
        renameHeaders: {},
        claimHeaders: {},
        timeoutMs: 5_000,
        mutationTimeoutMs: 10_000,
        connectTimeoutMs: 5_000,
        maxAnswerBytes: 16 * 1024 * 1024,
        maxConnections: 128,
        maxWaitingRequests: 1_024,
        shareReads: true,
        errors: { mask: true },
      },
    });
  });

  it("has headers made of claims, those of all subgraphs among them", async () => {
    const section = `removeHeaders: [traceparent]
renameHeaders: { x-lang: accept-language }
claimHeaders: { x-user: sub, x-tenant: org.id }`;
    const all = "authorization: { jwt: { jwksFile: keys.json }, claimHeaders: { x-user: email, x-plan: plan } }";
    const { options } = (await shopOf(section)) ?? {};
    expect(options).toMatchObject({
      removeHeaders: ["traceparent"],
      renameHeaders: { "x-lang": "accept-language" },
      claimHeaders: { "x-user": "sub", "x-tenant": "org.id" },
    });
    const config = await withFile(section, (cwd) => readStartConfig({}, { env: {}, cwd }), all);
    expect(config.profile === "distributed" ? config.subgraphs["shop"]?.options.claimHeaders : undefined).toEqual({
      ...{ "x-user": "sub", "x-tenant": "org.id", "x-plan": "plan" },
    });
  });

  it("has what the file says, and over it what variables say", async () => {
    const section = `timeoutMs: 100
headers: { x-key: { env: KEY }, x-other: { file: secret.txt }, x-plain: plain }
forwardHeaders: [authorization]
compression: false
tls: { ca: CA, cert: { file: secret.txt }, key: K, servername: shop.test }
errors: { mask: false, extensions: [left] }`;
    const env = {
      KEY: SECRET,
      ONEFOLD_SUBGRAPHS_SHOP_SHARE_READS: "false",
      ONEFOLD_SUBGRAPHS_SHOP_FORWARD_HEADERS: "a,b",
      ONEFOLD_SUBGRAPHS_SHOP_TLS_CA_FILE: "secret.txt",
    };
    expect(await shopOf(section, env)).toMatchObject({
      options: {
        timeoutMs: 100,
        headers: { "x-key": SECRET, "x-other": SECRET, "x-plain": "plain" },
        forwardHeaders: ["a", "b"],
        compression: false,
        shareReads: false,
        tls: { ca: SECRET, cert: SECRET, key: "K", servername: "shop.test", rejectUnauthorized: true },
        errors: { mask: false, extensions: ["left"] },
      },
    });
  });

  it("keeps its secrets: settings in force show that they are set", async () => {
    await withFile(`headers: { x-key: ${SECRET}, x-env: { env: KEY } }`, (cwd) => {
      const shown = describeSettings(readSettings({}, { env: { KEY: SECRET }, cwd }), cwd);
      const headers = shown.filter(({ path }) => path.startsWith("subgraphs.shop.headers"));
      expect(headers).toEqual([
        { path: "subgraphs.shop.headers.x-key", value: "***", from: "onefold.yaml:9:23" },
        { path: "subgraphs.shop.headers.x-env", value: "***", from: "onefold.yaml:9:44, variable KEY" },
      ]);
      expect(JSON.stringify(shown)).not.toContain(SECRET);
    });
  });

  it.each([
    [`headers: { x-key: [${SECRET}] }`, /subgraphs\.shop\.headers\.x-key cannot be what is given \(not shown\)/],
    [
      `headers: { "x key": ${SECRET} }`,
      /"x key" cannot stand in subgraphs\.shop\.headers\. It takes the name of a header/,
    ],
    ["headers: { x-key: { env: NOPE } }", /subgraphs\.shop\.headers\.x-key is to be read from the variable NOPE/],
    ["tls: { cert: C }", /subgraphs\.shop\.tls has cert without key/],
    ["timeoutMs: 0", /subgraphs\.shop\.timeoutMs cannot be 0\. It takes a whole number from 1/],
    ["timeout: 5", /subgraphs\.shop has no setting "timeout"/],
  ])("is refused with a wrong setting: %s", async (section, message) => {
    const read = shopOf(section);
    await expect(read).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(message) });
    await expect(read).rejects.not.toMatchObject({ message: expect.stringContaining(SECRET) });
  });

  it("has no certificates for a plain address", async () => {
    const read = shopOf("tls: { ca: CA }", { ONEFOLD_SUBGRAPHS_SHOP_URL: "http://s/graphql" });
    await expect(read).rejects.toMatchObject({
      message: expect.stringContaining("subgraphs.shop.tls is set, but the URL is plain"),
    });
  });
});
