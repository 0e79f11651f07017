/** The GraphQL over HTTP specification, case by case: every MUST, SHOULD and MAY of graphql-http's audits of servers. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { serverAudits } from "graphql-http";
import { openGateway, type TestGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

describe("the GraphQL over HTTP specification", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway(shopGraph());
  });
  afterAll(async () => gateway[Symbol.asyncDispose]());

  const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

  it("has as many audits as were passed when this was written", () => {
    expect(audits.length).toBeGreaterThanOrEqual(61);
  });

  it.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))("%s", async (_name, audit) => {
    expect(await audit.fn()).toMatchObject({ status: "ok" });
  });
});
