/** The engine behind an Apollo Server of somebody's own, over subgraphs over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { GraphQLError } from "graphql";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import {
  createOnefoldGateway,
  type OnefoldGateway,
  type OnefoldGatewayOptions,
} from "../../../gateway/library/index.ts";
import { serveSmallSubgraph, smallSdl, type SmallSubgraph } from "../../support/small-subgraph.ts";
import { until } from "../fixtures/until.ts";

let people: SmallSubgraph;
let posts: SmallSubgraph;
let both: string;

beforeAll(async () => {
  people = await serveSmallSubgraph("people");
  posts = await serveSmallSubgraph("posts");
  both = supergraph();
});

afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await posts[Symbol.asyncDispose]();
});

function supergraph(of: (sdl: string) => string = (sdl) => sdl): string {
  return composeSubgraphs([people, posts].map(({ name, url }) => ({ name, url, sdl: of(smallSdl[name]) })));
}

/** The same graph with one more field, which no subgraph knows. */
const numbered = (n: number): string => supergraph((sdl) => sdl.replace("born: Int", `born: Int v${n}: Int`));

interface Context extends BaseContext {
  readonly user?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: { readonly data?: unknown; readonly errors?: readonly Readonly<Record<string, unknown>>[] };
}

interface Serving extends AsyncDisposable {
  readonly gateway: OnefoldGateway;
  ask(
    query: string,
    more?: { readonly headers?: Record<string, string>; readonly variables?: object },
  ): Promise<Answer>;
}

interface ServeOptions extends OnefoldGatewayOptions<Context> {
  /** Without `serverOptions`. */
  readonly alone?: boolean;
  readonly plugins?: readonly ApolloServerPlugin<Context>[];
}

async function serve({ alone = false, plugins = [], ...options }: ServeOptions): Promise<Serving> {
  const gateway = createOnefoldGateway(options);
  const more = alone ? { plugins: [...plugins] } : gateway.serverOptions(plugins);
  const server = new ApolloServer<Context>({ gateway, ...more, includeStacktraceInErrorResponses: false });
  const { url } = await startStandaloneServer(server, {
    listen: { host: "127.0.0.1", port: 0 },
    context: ({ req }) => Promise.resolve({ user: String(req.headers["x-user"] ?? "") }),
  });
  return {
    gateway,
    async ask(query, { headers = {}, variables } = {}) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const text = await response.text();
      return { status: response.status, text, body: JSON.parse(text) as Answer["body"] };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

const nested = "{ people { name posts { title by { id } } } }";

describe("Apollo Server with our gateway", () => {
  it.each([true, false])("answers over all subgraphs, alone: %s", async (alone) => {
    await using server = await serve({ supergraph: both, alone });
    const { status, body } = await server.ask(nested);
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: { people: { length: 5 } } });
    expect((body.data as { people: unknown[] }).people[1]).toEqual({
      name: "Person 1",
      posts: [
        { title: "Post 1", by: { id: "p1" } },
        { title: "Post 2", by: { id: "p1" } },
      ],
    });
  });

  it("answers the same with and without its server options, errors and introspection too", async () => {
    await using alone = await serve({ supergraph: both, alone: true });
    await using whole = await serve({ supergraph: both });
    const asked: readonly (readonly [string, object?])[] = [
      [nested],
      ["{ nothing }"],
      ["{ people { name "],
      ["query ($n: Int!) { same(n: $n) }", { n: 3 }],
      ["query ($n: Int!) { same(n: $n) }", { n: "x" }],
      ['{ __type(name: "Person") { fields { name } } }'],
      ["{ __typename a: same(n: 1) @skip(if: true) }"],
    ];
    for (const [query, variables = {}] of asked) {
      const [one, other] = [await alone.ask(query, { variables }), await whole.ask(query, { variables })];
      expect([other.status, other.body]).toEqual([one.status, one.body]);
    }
  });

  it("sends what the engine wrote, unless a plugin has looked into it", async () => {
    const looks: ((data: Record<string, unknown>) => void)[] = [];
    const plugin: ApolloServerPlugin<Context> = {
      requestDidStart: () =>
        Promise.resolve({
          willSendResponse: ({ response }) => {
            const data = response.body.kind === "single" ? response.body.singleResult.data : undefined;
            for (const look of looks) look(data ?? {});
            return Promise.resolve();
          },
        }),
    };
    await using server = await serve({ supergraph: both, plugins: [plugin] });
    const expected = '{"data":{"people":[{"id":"p0"},{"id":"p1"},{"id":"p2"},{"id":"p3"},{"id":"p4"}]}}';
    expect((await server.ask("{ people { id } }")).text).toBe(expected);
    const seen: unknown[] = [];
    looks.push((data) => {
      seen.push(Object.keys(data), "people" in data, (data["people"] as unknown[]).length);
      delete data["people"];
      data["more"] = 1;
    });
    expect((await server.ask("{ people { id } }")).text).toBe('{"data":{"more":1}}');
    expect(seen).toEqual([["people"], true, 5]);
  });

  it("sends subgraphs the client's headers that are on their list, and what the context function found out", async () => {
    await using server = await serve({
      supergraph: both,
      headersOf: ({ user }) => (user === "" ? {} : { Authorization: `user ${String(user)}` }),
    });
    const query = "{ whoAsks }";
    const token = { authorization: "Bearer t" };
    expect((await server.ask(query)).body.data).toEqual({ whoAsks: null });
    expect((await server.ask(query, { headers: token })).body.data).toEqual({ whoAsks: "Bearer t" });
    const named = await server.ask(query, { headers: { ...token, "x-user": "ann" } });
    expect(named.body.data).toEqual({ whoAsks: "user ann" });
  });

  it("enforces what fields need of who asks, and refuses such a graph where nobody is asked", async () => {
    const guarded = supergraph((sdl) =>
      sdl
        .replace("whoAsks: String", "whoAsks: String @authenticated")
        .replace("federation/v2.3", "federation/v2.5")
        .replace("import: [", 'import: ["@authenticated", '),
    );
    await expect(serve({ supergraph: guarded })).rejects.toMatchObject({
      message: expect.stringContaining("@authenticated"),
    });
    await using server = await serve({
      supergraph: guarded,
      authorize: ({ user }) => {
        if (user === "mallory") throw new GraphQLError("Not you.", { extensions: { code: "FORBIDDEN" } });
        return user === undefined || user === "" ? null : { claims: { sub: user }, headers: { authorization: user } };
      },
    });
    const query = "{ whoAsks same(n: 1) }";
    const nobody = await server.ask(query);
    expect(nobody.body.data).toEqual({ whoAsks: null, same: 1 });
    expect(nobody.body.errors).toMatchObject([
      { path: ["whoAsks"], extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
    ]);
    const ann = await server.ask(query, { headers: { "x-user": "ann" } });
    expect(ann.body).toEqual({ data: { whoAsks: "ann", same: 1 } });
    const mallory = await server.ask(query, { headers: { "x-user": "mallory" } });
    expect(mallory.body.errors).toMatchObject([{ message: "Not you.", extensions: { code: "FORBIDDEN" } }]);
    expect(mallory.body.data ?? null).toBeNull();
  });

  it("tells a subgraph that is away at its path, beside the rest", async () => {
    await using gone = await serveSmallSubgraph("posts");
    const reach = ({ name }: { name: string }) => (name === "posts" ? { url: gone.url } : {});
    await using server = await serve({ supergraph: both, reach });
    await gone[Symbol.asyncDispose]();
    const { status, body } = await server.ask("{ same(n: 2) people { id posts { id } } }");
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ same: 2, people: { 0: { id: "p0", posts: null } } });
    expect(body.errors?.[0]).toMatchObject({ extensions: { code: "SUBGRAPH_UNAVAILABLE" } });
  });

  it("refuses subscriptions and what is beyond its limits by name", async () => {
    await using server = await serve({ supergraph: both, maxDepth: 3, maxFields: 20 });
    const refused = await server.ask("subscription { ticks { n } }");
    expect([refused.status, refused.body.errors?.[0]]).toMatchObject([406, { extensions: { code: "BAD_REQUEST" } }]);
    const wide = `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: same(n: ${i})`).join(" ")} }`;
    for (const query of [nested.replace("id", "id posts { id }"), wide]) {
      expect((await server.ask(query)).body.errors).toMatchObject([{ extensions: { code: "DOCUMENT_LIMIT" } }]);
    }
  });
});

describe("a graph that changes under Apollo Server", () => {
  it("serves the next file, and goes on when that cannot be served", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onefold-library-"));
    const file = join(folder, "supergraph.graphql");
    const write = async (text: string): Promise<void> => {
      await writeFile(`${file}.next`, text);
      await rename(`${file}.next`, file);
    };
    try {
      await write(both);
      await using server = await serve({ supergraphFile: file, lookEveryMs: 10 });
      expect((await server.ask("{ people { v1 } }")).status).toBe(400);
      await write(numbered(1));
      await until(() => server.gateway.supergraphSdl.includes("v1: Int"));
      expect((await server.ask('{ __type(name: "Person") { fields { name } } }')).text).toContain('"v1"');
      // It is sent to the subgraph, which does not know it.
      expect((await server.ask("{ people { v1 } }")).status).toBe(200);
      await write("no supergraph");
      await until(() => server.gateway.refusal !== null);
      expect((await server.ask(nested)).status).toBe(200);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("is offered by hand without a request that fails", async () => {
    await using server = await serve({ supergraph: both });
    let isOver = false;
    const wrong: unknown[] = [];
    const load = async (): Promise<void> => {
      while (!isOver) {
        const { status, body } = await server.ask(nested);
        if (status !== 200 || body.errors !== undefined) wrong.push(body);
      }
    };
    const loads = [load(), load(), load()];
    for (let n = 0; n < 10; n++) expect(await server.gateway.offer(numbered(n))).toBe("served");
    expect(await server.gateway.offer(numbered(9))).toBe("same");
    expect(await server.gateway.offer("")).toBe("refused");
    isOver = true;
    await Promise.all(loads);
    expect(wrong).toEqual([]);
    expect((await server.ask("{ people { v9 } }")).status).toBe(200);
    expect((await server.ask("{ people { v8 } }")).status).toBe(400);
  });

  it("is composed of what subgraphs say of themselves, and again when one has changed", async () => {
    await using own = await serveSmallSubgraph("people");
    await using server = await serve({ subgraphs: [own, posts], lookEveryMs: 10 });
    expect((await server.ask(nested)).body.errors).toBeUndefined();
    own.sdl = smallSdl.people.replace("born: Int", "born: Int size: Int");
    await until(() => server.gateway.supergraphSdl.includes("size: Int"));
    expect((await server.ask("{ people { id born } }")).status).toBe(200);
  });
});

describe("a gateway that cannot serve", () => {
  const start = async (options: OnefoldGatewayOptions<Context>): Promise<unknown> => {
    const server = new ApolloServer({ gateway: createOnefoldGateway(options) });
    return server.start().catch((error: unknown) => error);
  };

  it("is refused where it is given no graph, or two", () => {
    expect(() => createOnefoldGateway({})).toThrow("takes one graph, and was given 0");
    expect(() => createOnefoldGateway({ supergraph: both, subgraphs: [] })).toThrow("was given 2");
  });

  it("keeps its server from starting, and says why", async () => {
    expect(await start({ supergraphFile: "/nowhere/supergraph.graphql" })).toMatchObject({ code: "INPUT_INVALID" });
    expect(await start({ supergraph: "type Query { a: Int }" })).toMatchObject({ code: "SUPERGRAPH_INVALID" });
    const unknown = { reach: () => ({ startTimeoutMs: 0 }), subgraphs: [{ name: "x", url: "http://127.0.0.1:9/" }] };
    expect(await start(unknown)).toMatchObject({ code: "SUBGRAPH_UNAVAILABLE" });
  });

  it("lets go of its subgraphs when its server stops", async () => {
    const server = await serve({ supergraph: both });
    await server.ask(nested);
    await server[Symbol.asyncDispose]();
    expect(() => server.gateway.supergraphSdl).toThrow("serves nothing");
    await expect(server.gateway.offer(both)).rejects.toThrow("serves nothing");
  });
});
