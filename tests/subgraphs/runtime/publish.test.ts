/** Publishing through the graph: the raw record that is made, and the answers. */
import { describe, expect, it } from "@jest/globals";
import { encodeCursor } from "../../../schema/cursor.ts";
import type { PublishEvent } from "../../../subgraphs/runtime/serving-deps.ts";
import { rawFromInput } from "../../../subgraphs/runtime/raw-from-input.ts";
import { compile, compileSamples, createWorld, eventModel, NOW } from "../sample-platform.ts";

const mutation = `mutation ($event: UserBehaviorInput!) { publishUserBehavior(event: $event) { cursor eventId } }`;
const event = { userId: "1", itemId: "2", behavior: "buy" };
const cursor = { "events.user-behavior/3": 8 };

describe("publishing an event", () => {
  it("hands on the raw record with now as its time, and answers with id and cursor", async () => {
    const records: unknown[] = [];
    const publish: PublishEvent = async (model, record, acknowledge) => {
      records.push([model.name, record, acknowledge]);
      return { kind: "applied", eventId: "e1", cursor };
    };
    const world = await createWorld({ publish });
    const result = await world.run("consumer", mutation, { variables: { event }, context: { wantsCursor: true } });
    expect(result).toEqual({ data: { publishUserBehavior: { cursor: encodeCursor(cursor), eventId: "e1" } }, cursor });
    const record = { user_id: "1", item_id: "2", behavior: "buy", unix_seconds: new Date(NOW).toISOString() };
    const waiting = `mutation ($event: UserBehaviorInput!) { publishUserBehavior(event: $event, acknowledge: ALL) { eventId } }`;
    await world.run("consumer", waiting, { variables: { event } });
    expect(records).toEqual([
      ["UserBehavior", record, "state"],
      ["UserBehavior", record, "all"],
    ]);
  });

  it("is refused with the rule that the event breaks", async () => {
    const world = await createWorld({
      publish: async () => ({ kind: "rejected", rule: "UserBehavior.itemId:matches", reason: "No." }),
    });
    const result = await world.run("consumer", mutation, { variables: { event } });
    expect(result.errors).toMatchObject([
      { message: "No.", extensions: { code: "INPUT_INVALID", rule: "UserBehavior.itemId:matches" } },
    ]);
  });

  it("says by which cursor to wait where the effect is not visible in time", async () => {
    const world = await createWorld({ publish: async () => ({ kind: "timeout", eventId: "e1", cursor }) });
    const result = await world.run("consumer", mutation, { variables: { event }, context: { wantsCursor: true } });
    expect(result.errors).toMatchObject([
      { extensions: { code: "WAIT_TIMEOUT", eventId: "e1", cursor: encodeCursor(cursor) } },
    ]);
    expect(result.cursor).toEqual(cursor);
  });

  it("of several events reaches what the furthest of them reach", async () => {
    let next = 7;
    const world = await createWorld({
      publish: async () => ({
        kind: "applied",
        eventId: "e",
        cursor: { [`events.user-behavior/${next % 2}`]: next++ },
      }),
    });
    const [a, b, c] = ["a", "b", "c"].map((name) => `${name}: publishUserBehavior(event: $event) { eventId }`);
    const query = `mutation ($event: UserBehaviorInput!) { ${a ?? ""} ${b ?? ""} ${c ?? ""} }`;
    const result = await world.run("consumer", query, { variables: { event }, context: { wantsCursor: true } });
    expect(result.cursor).toEqual({ "events.user-behavior/0": 8, "events.user-behavior/1": 9 });
  });

  it("takes no input of the wrong form", async () => {
    const world = await createWorld();
    for (const wrong of [
      { ...event, behavior: "steal" },
      { ...event, itemId: null },
      { ...event, ts: "soon" },
    ]) {
      const result = await world.run("consumer", mutation, { variables: { event: wrong } });
      expect(result.errors).toMatchObject([{ extensions: { code: "INPUT_INVALID" } }]);
      expect(result.data).toBeUndefined();
    }
  });
});

describe("the raw record of an input", () => {
  it("writes decimals and times as text", () => {
    const model = eventModel(compileSamples(), "OrderPlaced");
    const input = { memberId: "1", itemId: "2", shopId: "3", quantity: 2, amount: "12.50", ts: NOW };
    expect(rawFromInput(model, input)).toEqual({
      member_id: "1",
      item_id: "2",
      shop_id: "3",
      quantity: 2,
      amount: "12.50",
      ts: "2017-11-26T12:00:00.000Z",
    });
  });

  it("nests by path, undoes maps, and carries what its kind of record has in common", () => {
    const platform = compile([
      {
        file: "things.graphql",
        text: `
          extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
            @domain(name: "things", owner: "a@example.com") @source(name: "pings")
          enum Colour { red green }
          type Ping @event(source: "pings", key: "thing", time: "at", match: [{ path: "meta.kind", equals: "ping" }]) {
            thing: ID! @from(path: "meta.thing.id") @identifies(entity: "Thing", as: "thing")
            colour: Colour @from(path: "c", map: [{ from: "1", to: "red" }, { from: "2", to: "green" }])
            at: DateTime!
          }
          type Thing @key(fields: "id") @entity(identifiers: [{ type: "thing" }]) { id: ID! pings: Count! @count(of: "Ping") }`,
      },
    ]);
    const raw = rawFromInput(eventModel(platform, "Ping"), { thing: "t", colour: "green", at: NOW });
    expect(raw).toEqual({ meta: { kind: "ping", thing: { id: "t" } }, c: "2", at: "2017-11-26T12:00:00.000Z" });
  });
});
