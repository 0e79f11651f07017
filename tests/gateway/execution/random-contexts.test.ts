/** Random operations over nodes that stand inside one another: what each takes from around it is what reading one by one gives. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { openRule } from "../fixtures/rule-graph.ts";

interface Ref {
  readonly id: string;
}

/** Nodes whose objects come from one subgraph, ways between them from another: equal nodes stand in many places. */
const nodes = 4;
const ways = fc.record({ one: fc.nat(nodes - 1), many: fc.array(fc.nat(nodes - 1), { maxLength: 3 }) });

interface Wanted {
  readonly tag: boolean;
  readonly f: Wanted | null;
  readonly one: Wanted | null;
  readonly many: Wanted | null;
}

const { wanted } = fc.letrec<{ wanted: Wanted }>((tie) => {
  const below = fc.option(tie("wanted"), { depthSize: "small", maxDepth: 4, freq: 2 });
  return { wanted: fc.record({ tag: fc.boolean(), f: below, one: below, many: below }) };
});

const text = (of: Wanted): string =>
  `{ id ${of.tag ? "tag " : ""}${of.f === null ? "" : `f { text n ${text(of.f)} } `}${of.one === null ? "" : `one ${text(of.one)} `}${of.many === null ? "" : `many ${text(of.many)} `}}`;

describe("@fromContext in any operation", () => {
  it("gives what reading object by object gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ways, { minLength: nodes, maxLength: nodes }), wanted, async (graph, asked) => {
        const at = (id: string) => graph[Number(id)] ?? { one: 0, many: [] };
        const tagOf = (id: string) => "t".repeat(Number(id));
        // Where `f` leads depends on what it is given.
        const next = (id: string, c: string) => {
          const to = `${(Number(id) + c.length) % nodes}`;
          return { id: to, tag: tagOf(to) };
        };
        const say = (id: string, c: string) => ({ text: `${id} in ${c}`, n: next(id, c) });
        const nodeOf = ({ id }: Ref): object => ({
          id,
          one: () => nodeOf({ id: `${at(id).one}` }),
          many: () => at(id).many.map((other) => nodeOf({ id: `${other}` })),
        });
        using opened = await openRule({
          a: {
            sdl: `type Query @context(name: "c") { tag: String n: N } type F { text: String n: N }
              type N @key(fields: "id") @context(name: "c") { id: ID! tag: String f(c: String @fromContext(field: "$c { tag }")): F }`,
            roots: { tag: "root", n: { id: "0", tag: "" } },
            entities: { N: ({ id }: Ref) => ({ id, tag: tagOf(id), f: ({ c }: { c: string }) => say(id, c) }) },
          },
          b: {
            sdl: 'type N @key(fields: "id") { id: ID! one: N many: [N] }',
            entities: {
              N: nodeOf,
            },
          },
        });
        const read = (of: Wanted, id: string, around: string): unknown => ({
          id,
          ...(of.tag && { tag: tagOf(id) }),
          ...(of.f !== null && { f: { text: say(id, around).text, n: read(of.f, next(id, around).id, tagOf(id)) } }),
          ...(of.one !== null && { one: read(of.one, `${at(id).one}`, tagOf(id)) }),
          ...(of.many !== null && {
            many: at(id).many.map((other) => of.many && read(of.many, `${other}`, tagOf(id))),
          }),
        });
        expect(await opened.ask(`{ n ${text(asked)} }`)).toEqual({ data: { n: read(asked, "0", "root") } });
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
