/** A gateway over a subgraph that means harm: other fields are right, the next request is served, nothing leaks. */
import { describe, expect, it } from "@jest/globals";
import { createRemoteSubgraph } from "../../../gateway/index.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { openRawServer, sendGraphQL } from "../fixtures/raw-server.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

describe("a gateway", () => {
  it.each<[string, string, object]>([
    ["nested without end", `{"data":{"users":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`, { data: null }],
    [
      "nested, with a prototype in it",
      `{"data":{"__proto__":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`,
      { data: null },
    ],
    [
      "with a prototype",
      '{"data":{"users":[{"id":"u1","__proto__":{"a":1}}],"__proto__":{"b":1}}}',
      { data: { users: [{ id: "u1" }] } },
    ],
    [
      "with errors by the thousand",
      JSON.stringify({ data: null, errors: Array(5000).fill({ message: "x", extensions: { code: "X" } }) }),
      { data: null },
    ],
    [
      "with its insides",
      JSON.stringify({ errors: [{ message: "at 10.0.0.7", extensions: { stacktrace: ["10.0.0.7"] } }] }),
      { data: null },
    ],
    [
      "with a code of its own for the answer's status",
      JSON.stringify({
        data: { users: [] },
        errors: [{ message: "x", extensions: { code: "X", http: { status: 599 } } }],
      }),
      { data: { users: [] } },
    ],
  ])("stands an answer %s", async (_what, text, expected) => {
    const shop = shopGraph();
    let answer = text;
    await using server = await openRawServer({ onRequest: (response) => sendGraphQL(response, answer) });
    await using people = await createRemoteSubgraph({ name: "people", sdl: shop.people.sdl, url: server.url });
    await using gateway = await openGateway({ subgraphs: [shop.catalog, shop.opinions, people] });
    const response = await gateway.post(JSON.stringify({ query: "{ users { id } }" }));
    expect(response.status).toBe(200);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject(expected);
    expect(body).not.toContain("10.0.0.7");
    expect(body.length).toBeLessThan(200_000);
    for (const name of ["a", "b"]) expect({}).not.toHaveProperty(name);
    answer = '{"data":{"users":[{"id":"u9"}]}}';
    expect(await gateway.ask('{ users { id } product(id: "1") { name } }')).toEqual({
      data: { users: [{ id: "u9" }], product: { name: "Chair" } },
    });
  });
});
