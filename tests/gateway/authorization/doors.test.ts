/** Every door asks who asks, and obeys alike: HTTP by POST (short and long way) and GET, server-sent events, WebSocket. */
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import type { GatewayOptions } from "../../../gateway/index.ts";
import { openGateway, readEvents, socketMessages, type Answer, type TestGateway } from "../fixtures/gateway-client.ts";
import { asWho, guardedGraph, whoHook, type Who } from "../fixtures/guarded-graph.ts";

const graphqlType = "application/graphql-response+json";

/** How a request was answered; `status` of a WebSocket: the code that it was closed with, 200 if it was not. */
interface Answered {
  readonly status: number;
  readonly answer: Answer;
}

type Door = (gateway: TestGateway, query: string, who: string | undefined) => Promise<Answered>;

const headersOf = (who: string | undefined) => (who === undefined ? {} : { "x-who": who });
const readJson = async (response: Response): Promise<Answered> => ({
  ...{ status: response.status, answer: (await response.json()) as Answer },
});

const doors: Readonly<Record<string, Door>> = {
  "POST, the short way": async (gateway, query, who) =>
    readJson(await gateway.post(JSON.stringify({ query }), headersOf(who))),
  "POST, the long way": async (gateway, query, who) =>
    readJson(await gateway.post(JSON.stringify({ query }), { accept: graphqlType, ...headersOf(who) })),
  GET: async (gateway, query, who) => {
    const search = new URLSearchParams({ query });
    return readJson(
      await fetch(`${gateway.url}/graphql?${search.toString()}`, {
        headers: { accept: graphqlType, ...headersOf(who) },
      }),
    );
  },
  SSE: async (gateway, query, who) => {
    const response = await gateway.post(JSON.stringify({ query }), { accept: "text/event-stream", ...headersOf(who) });
    if (response.status !== 200) return readJson(response);
    await using stream = readEvents(response);
    return { status: 200, answer: (await stream.next())?.data ?? {} };
  },
  WebSocket: (gateway, query, who) => {
    const client = createClient({
      ...{ url: gateway.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 },
      connectionParams: headersOf(who),
    });
    return new Promise((resolve) => {
      const settle = (answered: Answered): void => {
        resolve(answered);
        void client.dispose();
      };
      client.subscribe(
        { query },
        {
          next: (answer) => settle({ status: 200, answer: answer as Answer }),
          error: (error) => {
            if (Array.isArray(error))
              return settle({ status: 200, answer: { errors: error as Answer["errors"] & object } });
            settle({ status: (error as { code: number }).code, answer: {} });
          },
          complete: () => {},
        },
      );
    });
  },
};

const graph = guardedGraph();
const open = (options: GatewayOptions) =>
  openGateway({ subgraphs: graph.subgraphs, options: { authorize: whoHook, ...options } });
const codesOf = ({ answer }: Answered) => answer.errors?.map(({ extensions }) => extensions?.["code"]);
const known = JSON.stringify({});

describe.each(Object.entries(doors))("by %s", (name, ask) => {
  let gateway: TestGateway;
  let strict: TestGateway;
  let closed: TestGateway;
  beforeAll(async () => {
    gateway = await open({ introspection: "authenticated" });
    strict = await open({ rejectUnauthorized: true, introspection: "forbid" });
    closed = await open({ requireAuthentication: true });
  });
  afterAll(async () => {
    await gateway.gateway.close();
    await strict.gateway.close();
    await closed.gateway.close();
  });
  const isSocket = name === "WebSocket";
  const isStream = isSocket || name === "SSE";
  const isPlain = name === "POST, the short way";

  it("null stands for what the client may not have, and there is all for who may", async () => {
    expect(await ask(gateway, "{ open me { name } }", undefined)).toEqual({
      status: 200,
      answer: {
        data: { open: 1, me: null },
        errors: [
          { message: "Unauthorized field or type", path: ["me"], extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
        ],
      },
    });
    expect(await ask(gateway, "{ open me { name } }", known)).toEqual({
      ...{ status: 200, answer: { data: { open: 1, me: { name: "Ada" } } } },
    });
  });

  it("bad credentials are refused, whatever is asked, and nothing runs", async () => {
    graph.staff.requests.length = 0;
    const refused = await ask(gateway, "{ open }", "nonsense");
    expect(refused.status).toBe(isSocket ? 4403 : 401);
    if (!isSocket) expect(codesOf(refused)).toEqual(["UNAUTHENTICATED"]);
    expect(graph.staff.requests).toEqual([]);
  });

  it("who is not authenticated gets nothing where that is needed", async () => {
    const refused = await ask(closed, "{ open }", undefined);
    expect(refused).toMatchObject(isSocket ? { status: 4403 } : { status: 401, answer: { errors: [{}] } });
    expect((await ask(closed, "{ open }", known)).answer).toEqual({ data: { open: 1 } });
  });

  it("a hook that fails runs nothing, and tells nothing of itself", async () => {
    graph.staff.requests.length = 0;
    const refused = await ask(gateway, "{ open }", "broken");
    expect(refused.status).toBe(isSocket ? 4403 : 500);
    expect(JSON.stringify(refused)).not.toContain("insides");
    expect(graph.staff.requests).toEqual([]);
  });

  it("an operation is refused whole where that is set, and runs not even in part", async () => {
    graph.staff.requests.length = 0;
    const refused = await ask(strict, "{ open people { name email } secret }", undefined);
    expect(refused.answer.errors).toEqual(
      ["people.email", "secret"].map((path) => ({
        ...{ message: `Unauthorized field or type: ${path}`, extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
      })),
    );
    expect(refused.status).toBe(isStream || isPlain ? 200 : 403);
    expect("data" in refused.answer).toBe(false);
    expect(graph.staff.requests).toEqual([]);
    expect((await ask(strict, "{ open people { name } }", undefined)).answer.data).toMatchObject({ open: 1 });
  });

  it.each(["{ __schema { description } }", '{ open ... { x: __type(name: "Query") { name } } }'])(
    "introspection is for whom it is allowed: %s",
    async (query) => {
      const [nobody, somebody] = [await ask(gateway, query, undefined), await ask(gateway, query, known)];
      expect([nobody.status, codesOf(nobody)]).toEqual([isStream || isPlain ? 200 : 401, ["UNAUTHENTICATED"]]);
      expect([somebody.status, codesOf(somebody)]).toEqual([200, undefined]);
      const never = await ask(strict, query, known);
      expect([never.status, codesOf(never)]).toEqual([isStream || isPlain ? 200 : 403, ["FORBIDDEN"]]);
      expect((await ask(strict, "{ __typename open }", undefined)).answer.data).toEqual({
        __typename: "Query",
        open: 1,
      });
    },
  );
});

describe("where not all may introspect", () => {
  it.each(Object.entries(doors))("errors suggest no names, by %s", async (_name, ask) => {
    await using open_ = await open({});
    await using hidden = await open({ introspection: "forbid" });
    for (const [query, message] of [
      ["{ secrets }", 'Cannot query field "secrets" on type "Query".'],
      ["{ people { nam } }", 'Cannot query field "nam" on type "Person".'],
    ] as const) {
      expect((await ask(hidden, query, known)).answer.errors?.[0]?.message).toBe(message);
      expect((await ask(open_, query, known)).answer.errors?.[0]?.message).toContain(`${message} Did you mean`);
    }
  });
});

describe("a hook that does not answer", () => {
  it("is not waited for longer than is set", async () => {
    await using gateway = await open({ authorize: () => new Promise(() => {}), authorizeTimeoutMs: 20 });
    for (const door of ["POST, the short way", "SSE"]) {
      expect((await doors[door]?.(gateway, "{ open }", known))?.status).toBe(500);
    }
  });
});

describe("a subscription", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await open({});
  });
  afterAll(() => gateway.gateway.close());
  const soon = (ms: number): Who => ({ expiresAt: Date.now() + ms });
  const expired = {
    errors: [
      { message: "The credentials of this subscription have expired.", extensions: { code: "UNAUTHENTICATED" } },
    ],
  };

  it("whose field the client may not have is refused, and its source is never opened", async () => {
    graph.staff.requests.length = 0;
    for (const door of ["SSE", "WebSocket"]) {
      const refused = await doors[door]?.(gateway, "subscription { hidden }", undefined);
      expect(refused && codesOf(refused)).toEqual(["UNAUTHORIZED_FIELD_OR_TYPE"]);
    }
    expect(graph.staff.requests).toEqual([]);
  });

  it("over WebSocket ends with an error when the credentials expire, and then no operation runs", async () => {
    const client = createClient({
      ...{ url: gateway.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, lazy: false },
      connectionParams: asWho(soon(150)),
    });
    const seen: Answer[] = [];
    for await (const message of socketMessages(client, { query: "subscription { ticks }" })) seen.push(message);
    expect(seen[0]).toEqual({ data: { ticks: 0 } });
    expect(seen.at(-1)).toEqual(expired);
    await client.dispose();
  });

  it("over server-sent events ends likewise, and `complete` comes after", async () => {
    await using stream = await gateway.events("subscription { ticks }", { headers: asWho(soon(150)) });
    const seen = [];
    for (let event = await stream.next(); event !== undefined; event = await stream.next()) seen.push(event);
    expect(seen[0]?.data).toEqual({ data: { ticks: 0 } });
    expect(seen.slice(-2)).toEqual([
      { event: "next", data: expired },
      { event: "complete", data: null },
    ]);
  });

  it("that waits for an event is woken", async () => {
    await using stream = await gateway.events("subscription { silence }", { headers: asWho(soon(50)) });
    expect((await stream.next())?.data).toEqual(expired);
  });

  it("with credentials that are good for longer than timers run goes on", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    await using own = await openGateway({
      subgraphs: graph.subgraphs,
      options: { authorize: () => ({ claims: {}, expiresAt: Date.now() + 2 ** 33 }) },
    });
    await using stream = await own.events("subscription { ticks }");
    for (const ticks of [0, 1, 2]) expect((await stream.next())?.data).toEqual({ data: { ticks } });
    // One that is asked to run for longer runs at once.
    expect(timers.mock.calls.filter(([, ms = 0]) => ms > 2 ** 31 - 1)).toEqual([]);
    timers.mockRestore();
  });
});

describe("a WebSocket", () => {
  it("is asked anew who it is for each operation", async () => {
    let isGood = true;
    const authorize = () => {
      if (!isGood) throw Object.assign(new Error("the hook is away"));
      return { claims: {} };
    };
    await using gateway = await open({ authorize });
    const client = createClient({
      ...{ url: gateway.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, lazy: false },
    });
    const first = client.iterate({ query: "{ secret }" });
    expect((await first.next()).value).toEqual({ data: { secret: "s3cret" } });
    isGood = false;
    await expect(client.iterate({ query: "{ secret }" }).next()).rejects.toMatchObject([
      { extensions: { code: "INTERNAL" } },
    ]);
    await client.dispose();
  });

  it("may say who asks by its upgrade request as well", async () => {
    await using gateway = await open({});
    class Named extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: asWho({}) });
      }
    }
    const client = createClient({ url: gateway.socketUrl, webSocketImpl: Named, retryAttempts: 0 });
    expect((await client.iterate({ query: "{ secret }" }).next()).value).toEqual({ data: { secret: "s3cret" } });
    await client.dispose();
  });
});

describe("a refusal over HTTP", () => {
  it("comes before the body is read", async () => {
    await using gateway = await open({});
    const response = await gateway.post("{ this is no JSON", { "x-who": "nonsense" });
    expect(response.status).toBe(401);
  });

  it("says how to come in, keeps the connection, and is not kept by caches", async () => {
    await using gateway = await open({});
    const response = await gateway.post(JSON.stringify({ query: "{ open }" }), { "x-who": "nonsense" });
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]+$/);
    expect(response.headers.get("connection")).not.toBe("close");
  });
});
