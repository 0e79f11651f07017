/** What clients see when subgraphs fail: partial data, errors at the client's own paths, nothing of the inside. */
import { describe, expect, it } from "@jest/globals";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const unavailable = (subgraph: string, path: (string | number)[]) => ({
  message: `The subgraph "${subgraph}" is unavailable.`,
  path,
  extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph },
});

describe("a subgraph that fails", () => {
  it("costs only its own fields", async () => {
    const shop = shopGraph();
    shop.opinions.intercept = () => Promise.reject(new Error("connect ECONNREFUSED 10.1.2.3"));
    await using gateway = await openGateway(shop);
    expect(await gateway.ask("{ products(first: 2) { name verdict fans { id } } users { id } }")).toEqual({
      data: {
        products: [
          { name: "Chair", verdict: null, fans: [] },
          { name: "Table", verdict: null, fans: [{ id: "u1" }] },
        ],
        users: [{ id: "u1" }, { id: "u2" }, { id: "u3" }],
      },
      errors: [unavailable("opinions", ["products"])],
    });
  });

  it("nulls upwards from fields that may not be null, with the one error", async () => {
    const shop = shopGraph();
    shop.opinions.intercept = () => Promise.reject(new Error("down"));
    await using gateway = await openGateway(shop);
    expect(await gateway.ask('{ product(id: "1") { name reviews { body } } users { id } }')).toEqual({
      data: { product: null, users: [{ id: "u1" }, { id: "u2" }, { id: "u3" }] },
      errors: [unavailable("opinions", ["product"])],
    });
    expect(await gateway.ask("{ me { id } users { id } }")).toEqual({
      data: null,
      errors: [unavailable("opinions", ["me"])],
    });
  });

  it("is answered for when it is frozen, after the time limit", async () => {
    const shop = shopGraph();
    let signal: AbortSignal | undefined;
    shop.people.intercept = (request) => {
      signal = request.signal;
      return new Promise(() => {});
    };
    await using gateway = await openGateway({ ...shop, options: { fetchTimeoutMs: 50 } });
    expect(await gateway.ask("{ products(first: 1) { name } user(id: 1) { name } }")).toEqual({
      data: { products: [{ name: "Chair" }], user: null },
      errors: [unavailable("people", ["user"])],
    });
    expect(signal?.aborted).toBe(true);
  });

  it.each([
    ["nothing", {}],
    ["null", { data: null }],
    ["data of the wrong shape", { data: { users: 7 } }],
  ])("is seen through when it answers %s", async (_what, result) => {
    const shop = shopGraph();
    shop.people.intercept = () => Promise.resolve(result);
    await using gateway = await openGateway(shop);
    const answer = await gateway.ask("{ users { id } }");
    expect(answer.data).toBeNull();
    expect(answer.errors).toHaveLength(1);
  });
});

describe("data of a subgraph", () => {
  it("reaches no object's prototype", async () => {
    const shop = shopGraph();
    const data = JSON.parse('{"users":[{"id":"u1","__proto__":{"a":1}}],"__proto__":{"b":1}}') as Record<
      string,
      unknown
    >;
    shop.people.intercept = () => Promise.resolve({ data });
    await using gateway = await openGateway(shop);
    expect(await gateway.ask("{ users { id } }")).toEqual({ data: { users: [{ id: "u1" }] } });
    for (const name of ["a", "b"]) expect({}).not.toHaveProperty(name);
  });
});

describe("errors of a subgraph", () => {
  it("come at the client's paths, for entities too", async () => {
    await using gateway = await openGateway(shopGraph());
    const query = '{ shop: products(first: 2) { id: name opinion: verdict } again: product(id: "2") { verdict } }';
    expect(await gateway.ask(query)).toEqual({
      data: {
        shop: [
          { id: "Chair", opinion: "fine" },
          { id: "Table", opinion: null },
        ],
        again: { verdict: null },
      },
      errors: expect.arrayContaining(
        [
          ["shop", 1, "opinion"],
          ["again", "verdict"],
        ].map((path) => ({
          message: "No verdict on tables.",
          path,
          extensions: { code: "NO_VERDICT", subgraph: "opinions" },
        })),
      ),
    });
  });

  it("come at the client's paths for root fields", async () => {
    await using gateway = await openGateway(shopGraph());
    expect(await gateway.ask("{ id: reviewsFail { body } me { id } }")).toEqual({
      data: { id: null, me: { id: "u1" } },
      errors: [{ message: "No reviews today.", path: ["id"], extensions: { code: "CLOSED", subgraph: "opinions" } }],
    });
  });

  it("tell nothing of the inside unless they were meant for clients", async () => {
    await using gateway = await openGateway(shopGraph());
    const answer = await gateway.ask('{ product(id: "3") { verdict } }');
    expect(answer).toEqual({
      data: { product: { verdict: null } },
      errors: [
        {
          message: 'The subgraph "opinions" failed unexpectedly.',
          path: ["product", "verdict"],
          extensions: { code: "INTERNAL", subgraph: "opinions" },
        },
      ],
    });
  });

  it("do not set the status of the client's answer", async () => {
    const shop = shopGraph();
    const extensions = { code: "CLOSED", http: { status: 418 } };
    shop.people.intercept = () =>
      Promise.resolve({ data: { user: null }, errors: [{ message: "No.", path: ["user"], extensions }] });
    await using gateway = await openGateway(shop);
    const response = await gateway.post(JSON.stringify({ query: "{ user(id: 1) { name } }" }));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      errors: [{ message: "No.", extensions: { code: "CLOSED", subgraph: "people" } }],
    });
  });

  it("are logged whole when they are hidden", async () => {
    const logged: object[] = [];
    const write = (details: object) => void logged.push(details);
    const logger = { debug: write, info: write, warn: write, error: write };
    await using gateway = await openGateway({ ...shopGraph(), logger });
    await gateway.ask('{ product(id: "3") { verdict } }');
    expect(JSON.stringify(logged)).toContain("ECONNREFUSED 10.0.0.7");
  });
});

describe("null where the schema allows none", () => {
  it("is reported once, at its place, and nulls the nearest parent that may be null", async () => {
    const shop = shopGraph();
    shop.people.intercept = () =>
      Promise.resolve({
        data: { _entities: [{ __typename: "User", name: null, friends: [{ name: "x" }, { name: null }] }] },
      });
    await using gateway = await openGateway(shop);
    const answer = await gateway.ask(
      '{ product(id: "2") { price reviews { rating who: author { name friends { name } } } } }',
    );
    expect(answer).toEqual({
      data: { product: null },
      errors: [
        {
          message: "Cannot return null for non-nullable field User.name.",
          path: ["product", "reviews", 0, "who", "name"],
          extensions: { code: "INTERNAL" },
        },
        {
          message: "Cannot return null for non-nullable field User.name.",
          path: ["product", "reviews", 0, "who", "friends", 1, "name"],
          extensions: { code: "INTERNAL" },
        },
      ],
    });
  });

  it("is not reported again when the subgraph has said why", async () => {
    await using gateway = await openGateway(shopGraph());
    expect(await gateway.ask("{ broken { id } }")).toEqual({
      data: null,
      errors: [
        {
          message: "Cannot return null for non-nullable field Query.broken.",
          path: ["broken"],
          extensions: { code: "INTERNAL", subgraph: "catalog" },
        },
      ],
    });
  });

  it("is reported for an entity that its subgraph does not know", async () => {
    const shop = shopGraph();
    shop.people.intercept = () => Promise.resolve({ data: { _entities: [null] } });
    await using gateway = await openGateway(shop);
    expect(await gateway.ask("{ me { id name } }")).toEqual({
      data: null,
      errors: [
        {
          message: "Cannot return null for non-nullable field User.name.",
          path: ["me", "name"],
          extensions: { code: "INTERNAL" },
        },
      ],
    });
  });

  it("is made of an enum value that clients may not see", async () => {
    const shop = shopGraph();
    shop.catalog.intercept = () => Promise.resolve({ data: { product: { unit: "HIDDEN" } } });
    await using gateway = await openGateway(shop);
    const answer = await gateway.ask('{ product(id: "1") { unit } }');
    expect(answer.data).toEqual({ product: { unit: null } });
    expect(JSON.stringify(answer.errors)).not.toContain("HIDDEN");
  });
});
