/** Progressive @override: each request draws which of two subgraphs resolves a field. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { composeSubgraphs } from "../../../gateway/index.ts";
import { overrideShares } from "../../../gateway/planning/progressive-override.ts";
import { openQueryPlanner } from "../../../gateway/planning/query-planner.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])`;
const supergraphSdl = composeSubgraphs([
  { name: "entry", sdl: `${link} type Query { p: P } type P @key(fields: "id") { id: ID! }` },
  { name: "old", sdl: `${link} type P @key(fields: "id") { id: ID! x: Int y: Int z: Int }` },
  {
    name: "new",
    sdl: `${link} type P @key(fields: "id") {
      id: ID!
      x: Int @override(from: "old", label: "percent(5)")
      y: Int @override(from: "old", label: "percent(62.5)")
      z: Int @override(from: "old", label: "someday")
    }`,
  },
]);

/** Which subgraphs a plan reads, in the order of their names. */
async function readers(roll: number, field: string): Promise<string[]> {
  const planner = await openQueryPlanner(supergraphSdl, { random: () => roll / 100 });
  const plan = await planner.draw().plan(`{ p { ${field} } }`);
  planner.close();
  return ["new", "old"].filter((name) => JSON.stringify(plan).includes(`"serviceName":"${name}"`));
}

describe("a progressive override", () => {
  it("names its shares", () => {
    expect(overrideShares(parse(supergraphSdl))).toEqual([5, 62.5]);
  });

  it.each([
    [0, "x", "new"],
    [4.9, "x", "new"],
    [5, "x", "old"],
    [5, "y", "new"],
    [62.4, "y", "new"],
    [62.5, "y", "old"],
    [99.9, "y", "old"],
    [0, "z", "old"],
  ])("with a roll of %d takes %s from %s", async (roll, field, reader) => {
    expect(await readers(roll, field)).toEqual([reader]);
  });

  it("keeps the plans of different draws apart, and those of one share together", async () => {
    const rolls = [0.01, 0.04, 0.3, 0.5, 0.7, 0.01];
    const { draw, close } = await openQueryPlanner(supergraphSdl, { random: () => rolls.shift() ?? 0 });
    close();
    const drawn = Array.from({ length: 6 }, draw);
    expect(drawn.map(({ key }) => key)).toEqual(["0", "0", "5", "5", "62.5", "0"]);
    expect(new Set(drawn).size).toBe(3);
  });
});
