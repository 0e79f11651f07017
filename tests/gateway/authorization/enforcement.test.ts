/** What a client may not have is taken out before planning, and null stands for it with an error. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openGateway, type TestGateway } from "../fixtures/gateway-client.ts";
import { asWho, guardedGraph, whoHook, type Who } from "../fixtures/guarded-graph.ts";

const graph = guardedGraph();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway({ subgraphs: graph.subgraphs, options: { authorize: whoHook } });
});
afterAll(() => gateway.gateway.close());

const ask = (query: string, who?: Who) =>
  gateway.ask(query, undefined, who === undefined ? {} : { headers: asWho(who) });
const denied = (...path: readonly (string | number)[]) => ({
  message: "Unauthorized field or type",
  path,
  extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" },
});

describe("a field with @authenticated", () => {
  it("is null with an error for each place for who is not authenticated, and its subgraph is not asked for it", async () => {
    graph.staff.requests.length = 0;
    expect(await ask("{ people { name email } }")).toEqual({
      data: {
        people: [
          { name: "Ada", email: null },
          { name: "Bob", email: null },
        ],
      },
      errors: [denied("people", 0, "email"), denied("people", 1, "email")],
    });
    expect(graph.staff.requests).toHaveLength(1);
    expect(JSON.stringify(graph.staff.requests[0]?.document)).not.toContain("email");
  });

  it("is there for who is", async () => {
    expect(await ask("{ me { name email } }", {})).toEqual({ data: { me: { name: "Ada", email: "ada@example.com" } } });
  });

  it("makes null what may not be without it", async () => {
    expect(await ask("{ open secret }")).toEqual({ data: null, errors: [denied("secret")] });
    expect(await ask("{ people { orders { day total } } }")).toEqual({
      data: { people: [{ orders: null }, { orders: null }] },
      errors: [denied("people", 0, "orders", 0, "total"), denied("people", 1, "orders", 0, "total")],
    });
  });

  it("is told under the key that the client gave it", async () => {
    expect(await ask("{ people { id: email name: email } }")).toMatchObject({
      data: {
        people: [
          { id: null, name: null },
          { id: null, name: null },
        ],
      },
    });
  });
});

describe("a field with @requiresScopes", () => {
  const salaries = async (scopes?: readonly string[]) =>
    (await ask("{ me: people { salary } }", scopes && { scopes })).data;
  const all = { me: [{ salary: 7 }, { salary: 5 }] };
  const none = { me: [{ salary: null }, { salary: null }] };

  it.each<[readonly string[] | undefined, object]>([
    [undefined, none],
    [[], none],
    [["staff:read"], none],
    [["pay:read", "staff:read"], all],
    [["admin"], all],
    [["ADMIN"], none],
    [["admin "], none],
  ])("needs all of one of its lists: %j", async (scopes, data) => {
    expect(await salaries(scopes)).toEqual(data);
  });

  it("does not run the mutation that it stands on", async () => {
    graph.staff.requests.length = 0;
    expect(await ask("mutation { fire greet }")).toEqual({ data: { fire: null, greet: 2 }, errors: [denied("fire")] });
    expect(await ask("mutation { fire }")).toEqual({ data: { fire: null }, errors: [denied("fire")] });
    expect(graph.staff.requests).toHaveLength(1);
    expect(await ask("mutation { fire }", { scopes: ["staff:write"] })).toEqual({ data: { fire: 1 } });
  });
});

describe("a field with @policy", () => {
  it.each<[readonly string[], string | null]>([
    [[], null],
    [["boss"], null],
    [["friend"], "fine"],
    [["weekday", "boss"], "fine"],
  ])("needs all of one of its lists: %j", async (policies, mood) => {
    expect((await ask("{ me { mood } }", { policies })).data).toEqual({ me: { mood } });
  });

  it("asks once for all policies that the operation names, and for none where it names none", async () => {
    const asked: (readonly string[])[] = [];
    const principal = { claims: {}, policies: (names: readonly string[]) => (asked.push(names), []) };
    await using own = await openGateway({ subgraphs: graph.subgraphs, options: { authorize: () => principal } });
    await own.ask("{ people { mood boss { mood } } stamp }");
    await own.ask("{ people { name } }");
    expect(asked).toEqual([["friend", "boss", "weekday", "stamps"]]);
  });

  it("holds for nobody where the decision fails, and the reason is not told", async () => {
    const principal = { claims: {}, policies: () => Promise.reject(new Error("secret insides")) };
    await using own = await openGateway({ subgraphs: graph.subgraphs, options: { authorize: () => principal } });
    const answer = await own.ask("{ open stamp }");
    expect(answer).toMatchObject({ errors: [{ message: "Something inside the gateway failed." }] });
    expect(answer.data).toBeUndefined();
    expect(await own.ask("{ open }")).toEqual({ data: { open: 1 } });
  });
});

describe("a condition of a type", () => {
  it("is one of each field that gives the type: object, enum and scalar", async () => {
    expect(await ask("{ audit { lines } grade stamp open }")).toEqual({
      data: { audit: null, grade: null, stamp: null, open: 1 },
      errors: [denied("audit"), denied("grade"), denied("stamp")],
    });
    expect((await ask("{ audit { lines } grade stamp }", { scopes: ["audit"], policies: ["stamps"] })).data).toEqual({
      ...{ audit: { lines: 3 }, grade: "A", stamp: "now" },
    });
  });
});

describe("whatever a document does", () => {
  it.each([
    ["an alias", "{ people { x: email } }", "x"],
    ["a fragment", "query Q { people { ...F } } fragment F on Person { email }", "email"],
    ["an inline fragment", "{ people { ... on Person { ... { email } } } }", "email"],
    ["a fragment beside the plain field", "{ people { email ...F } } fragment F on Person { email }", "email"],
    ["@include", "query ($y: Boolean = true) { people { email @include(if: $y) } }", "email"],
  ])("by %s nobody gets what they may not have", async (_what, query, key) => {
    expect((await ask(query)).data).toEqual({ people: [{ [key]: null }, { [key]: null }] });
  });

  it("what is skipped is no matter", async () => {
    const query = "query ($y: Boolean!) { open secret @include(if: $y) }";
    expect(await gateway.ask(query, { y: false })).toEqual({ data: { open: 1 } });
    expect((await gateway.ask(query, { y: true })).data).toBeNull();
    expect(await gateway.ask(query, { y: false })).toEqual({ data: { open: 1 } });
  });

  it("one principal's plan is not another's, in any order", async () => {
    const query = "{ me: people { email salary } }";
    const everyone: readonly [Who | undefined, object][] = [
      [{ scopes: ["admin"] }, { email: "ada@example.com", salary: 7 }],
      [undefined, { email: null, salary: null }],
      [{}, { email: "ada@example.com", salary: null }],
    ];
    for (const [who, first] of [...everyone, ...everyone.toReversed(), ...everyone]) {
      expect((await ask(query, who)).data).toMatchObject({ me: [first, {}] });
    }
  });
});
