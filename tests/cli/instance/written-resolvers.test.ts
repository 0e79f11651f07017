/** Hand-written resolvers go to the domain that they are written for, and to nobody who only has its name. */
import { describe, expect, it } from "@jest/globals";
import { findWrittenResolvers } from "../../../cli/instance/written-resolvers.ts";
import { compilePlatform, samplePlatform } from "../../support/compile-platform.ts";

const namesake = `extend schema
  @domain(name: "consumer", owner: "a@b.c", description: "d") @source(name: "calls", description: "d")
type Call @event(source: "calls", id: "callId", key: "from", time: "ts") {
  callId: ID!
  from: ID! @identifies(entity: "Consumer", as: "phone")
  ts: DateTime!
}
type Consumer @key(fields: "id") @entity(identifiers: [{ type: "phone", strong: true }]) {
  id: ID!
  calls: Count! @count(of: "Call")
}
`;

describe("hand-written resolvers", () => {
  it("are found for the samples, and for a copy of them in another folder", async () => {
    for (const own of [true, false]) {
      expect(await findWrittenResolvers(samplePlatform(), own)).toMatchObject({ consumer: { Consumer: {} } });
    }
  });

  it("are not given to another domain of the same name", async () => {
    expect(await findWrittenResolvers(compilePlatform(namesake), false)).toEqual({});
  });
});
