/** `onefold gateway` with tokens, as a platform team sets it up: a supergraph with conditions, and an issuer elsewhere. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "graphql-ws";
import { buildASTSchema, graphql, parse } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { generateKeyPair } from "jose";
import WebSocket, { WebSocketServer } from "ws";
import { composeSubgraphs } from "../../gateway/compose.ts";
import {
  audience,
  issuer,
  now,
  startTokenIssuer,
  unsignedToken,
  type TokenIssuer,
} from "../gateway/fixtures/token-issuer.ts";
import { startGateway, type RunningGateway } from "../support/gateway-program.ts";
import { runOnefold, type GraphAnswer } from "../support/onefold-program.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes", "@policy"])\n`;
const bare = `
  type Query { open: Int secret: Int @authenticated pay: Int @requiresScopes(scopes: [["pay:read"]]) }
  type Subscription { ticks: Int }
`;
const sdl = `${link}${bare.replace("}", 'mood: Int @policy(policies: [["boss"]]) }')}`;

/** A subgraph that remembers the headers it got. */
async function startSubgraph() {
  const heard: IncomingHttpHeaders[] = [];
  const schema = buildASTSchema(parse(sdl.slice(link.length).replaceAll(/@\w+(\(\w+: \[\[.*?\]\]\))?/g, "")));
  const rootValue = { open: 1, secret: 2, pay: 3, mood: 4, ticks: tick };
  async function* tick() {
    for (let ticks = 0; ; ticks++) {
      yield { ticks };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      heard.push(request.headers);
      const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string };
      response.setHeader("content-type", "application/json");
      void graphql({ schema, source: query, rootValue }).then((result) => response.end(JSON.stringify(result)));
    });
  });
  const sockets = new WebSocketServer({ server });
  useServer({ schema, roots: { subscription: rootValue } }, sockets);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

let tokens: TokenIssuer;
let subgraph: Awaited<ReturnType<typeof startSubgraph>>;
let folder: TemporaryFolder;
let gateway: RunningGateway;
let supergraph: string;

beforeAll(async () => {
  [tokens, subgraph, folder] = await Promise.all([startTokenIssuer(), startSubgraph(), openTemporaryFolder()]);
  supergraph = join(folder.path, "supergraph.graphql");
  await writeFile(supergraph, composeSubgraphs([{ name: "pay", url: subgraph.url, sdl }]));
  const config = join(folder.path, "onefold.yaml");
  await writeFile(
    config,
    `authorization:
  introspection: authenticated
  jwt: { jwksUrl: "${tokens.jwksUrl}", issuers: ["${issuer}"], audiences: [${audience}], policiesClaim: policies, refreshEveryMs: 1000, clockToleranceSeconds: 0 }
subgraphs:
  pay:
    url: ${subgraph.url}
    removeHeaders: [authorization]
    renameHeaders: { x-client: x-caller }
    claimHeaders: { x-user: sub, x-tenant: org.tenant }
`,
  );
  gateway = await startGateway(["--config", config, "--supergraph", supergraph]);
}, 60_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all([tokens[Symbol.asyncDispose](), subgraph[Symbol.asyncDispose](), folder[Symbol.asyncDispose]()]);
});

async function send(query: string, token?: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", ...headers },
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, answer: (await response.json()) as GraphAnswer };
}

describe("a gateway with tokens", () => {
  it("gives who has none what is open, and who has one what it allows", async () => {
    const { status, answer } = await send("{ open secret pay mood }");
    expect([status, answer.data]).toEqual([200, { open: 1, secret: null, pay: null, mood: null }]);
    expect(answer.errors?.map(({ extensions }) => extensions?.["code"])).toEqual(
      Array.from({ length: 3 }, () => "UNAUTHORIZED_FIELD_OR_TYPE"),
    );
    const token = await tokens.token({ sub: "ada", scope: "pay:read" });
    expect((await send("{ open secret pay mood }", token)).answer.data).toEqual({
      open: 1,
      secret: 2,
      pay: 3,
      mood: null,
    });
    const boss = await tokens.token({ sub: "bob", policies: ["boss"] });
    expect((await send("{ secret pay mood }", boss)).answer.data).toEqual({ secret: 2, pay: null, mood: 4 });
  });

  it.each<[string, () => string | Promise<string>]>([
    ["nobody signed", () => unsignedToken({ sub: "ada" })],
    ["another key signed", async () => tokens.token({}, { key: (await generateKeyPair("RS256")).privateKey })],
    ["has expired", () => tokens.token({ exp: now() - 1 })],
    ["is not valid yet", () => tokens.token({ nbf: now() + 60 })],
    ["is for others", () => tokens.token({ aud: "others" })],
    ["is very large", () => tokens.token({ filler: "x".repeat(9_000) })],
  ])("refuses a token that %s with 401, whatever is asked", async (_what, make) => {
    const { status, answer } = await send("{ open }", await make());
    expect([status, answer.errors?.[0]?.extensions?.["code"]]).toEqual([401, "UNAUTHENTICATED"]);
    expect(answer.data).toBeUndefined();
  });

  it("tells subgraphs claims as headers that no client can set, and other headers by its rules", async () => {
    const token = await tokens.token({ sub: "ada", org: { tenant: 7 } });
    const forged = { "x-user": "root", "x-tenant": "1", "x-caller": "z", "x-client": "web" };
    await send("{ open }", token, forged);
    expect(subgraph.heard.at(-1)).toMatchObject({ "x-user": "ada", "x-tenant": "7", "x-caller": "web" });
    expect(subgraph.heard.at(-1)).not.toHaveProperty("authorization");
    await send("{ open }", undefined, forged);
    for (const name of ["x-user", "x-tenant"]) expect(subgraph.heard.at(-1)).not.toHaveProperty(name);
  });

  it("lets only who is known introspect", async () => {
    expect((await send("{ __schema { description } }")).answer.errors?.[0]?.extensions?.["code"]).toBe(
      "UNAUTHENTICATED",
    );
    expect((await send("{ __schema { description } }", await tokens.token())).answer).toEqual({
      data: { __schema: { description: null } },
    });
  });

  it("takes the token of a WebSocket's connection_init, and ends its subscriptions when that expires", async () => {
    const socket = (authorization: string) =>
      createClient({
        ...{ url: `${gateway.url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 },
        connectionParams: { authorization },
      });
    const client = socket(`Bearer ${await tokens.token({ sub: "ada", exp: now() + 2 })}`);
    const seen: GraphAnswer[] = [];
    for await (const message of client.iterate({ query: "subscription { ticks }" })) seen.push(message as GraphAnswer);
    expect(seen[0]).toEqual({ data: { ticks: 0 } });
    expect(seen.at(-1)?.errors?.[0]).toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
    const late = client.iterate({ query: "{ secret }" }).next();
    await expect(late).rejects.toMatchObject({ code: 4403, reason: "The token has expired." });
    await client.dispose();
    const closed = socket(`Bearer ${unsignedToken({})}`)
      .iterate({ query: "{ open }" })
      .next();
    await expect(closed).rejects.toMatchObject({ code: 4403, reason: "The token is not valid." });
  });

  it("goes on with its keys when the issuer is away, and says so", async () => {
    const token = await tokens.token({ sub: "ada" });
    tokens.status = 500;
    const { warnings } = await gateway.untilHealth((health) => health.warnings.length > 0);
    expect(warnings).toEqual(["Keys for tokens cannot be read: it answered with HTTP status 500."]);
    expect((await send("{ secret }", token)).answer).toEqual({ data: { secret: 2 } });
    expect((await send("{ secret }", await tokens.token({ sub: "new" }))).answer).toEqual({ data: { secret: 2 } });
    tokens.status = 200;
    await gateway.untilHealth((health) => health.warnings.length === 0);
  });
});

describe("a supergraph with conditions", () => {
  it("is refused by name where nobody is asked who they are", async () => {
    const { code, stderr } = await runOnefold(["gateway", "--supergraph", supergraph, "--port", "0"]);
    expect(code).not.toBe(0);
    for (const name of ["@authenticated", "@requiresScopes", "@policy"]) {
      expect(stderr).toContain(`${name} (https://specs.apollo.dev/`);
    }
  });
});
