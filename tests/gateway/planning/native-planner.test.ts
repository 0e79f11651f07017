/** The native planner's own faults, in a process of its own. */
import { describe, expect, it } from "@jest/globals";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { PlannerPool } from "../../../gateway/planning/planner-pool.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])`;
const supergraphSdl = composeSubgraphs(
  [
    { name: "a", sdl: 'type Query { p: P } type P @key(fields: "id") { id: ID! }' },
    {
      name: "b",
      sdl: `type P @key(fields: "id") @key(fields: "code") {
        id: ID! code: ID! f: Int @external r: Int @requires(fields: "f")
      }`,
    },
    { name: "c", sdl: 'type P @key(fields: "code") { code: ID! f: Int }' },
  ].map(({ name, sdl }) => ({ name, sdl: `${link} ${sdl}` })),
);

describe("the native planner", () => {
  // Of 0.0.38. Where a later version plans this, the graphs that it is given need less doing (see split-requires.ts).
  it("ends the process that plans @requires beside another key, on the graph as it was composed, and no other", async () => {
    const pool = new PlannerPool({});
    pool.add("", supergraphSdl);
    const settled = await Promise.allSettled(["{ p { r } }", "{ p { id } }"].map((each) => pool.plan("", each)));
    pool.close();
    expect(settled).toMatchObject([
      { reason: { code: "PLAN_FAILED", cause: { message: expect.stringContaining("SIGABRT") } } },
      { value: { kind: "Fetch", serviceName: "a" } },
    ]);
  });
});
