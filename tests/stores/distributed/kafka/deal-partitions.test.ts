/** How partitions are dealt to the members of a group. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { dealPartitions, type GroupMemberClaim } from "../../../../stores/distributed/kafka/deal-partitions.ts";

const counts = { a: 4, b: 1, c: 3 };
const topics = Object.keys(counts);
const member = fc.record({
  id: fc.uuid(),
  topics: fc.subarray(topics, { minLength: 1 }),
  held: fc.dictionary(fc.constantFrom(...topics), fc.uniqueArray(fc.nat(3))),
  generation: fc.nat(3),
});
const members = fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 6 });

function placesOf(deal: ReturnType<typeof dealPartitions>): string[] {
  return [...deal.values()].flat().map((place) => place.join("/"));
}

function claim(id: string, held: GroupMemberClaim["held"], generation = 1): GroupMemberClaim {
  return { id, topics: ["a"], held, generation };
}

describe("dealing partitions", () => {
  it("gives each wanted partition to exactly one member, which wants it, in whatever order they are named", () => {
    fc.assert(
      fc.property(members, (group) => {
        const deal = dealPartitions(group, counts);
        const wanted = topics.filter((topic) => group.some((each) => each.topics.includes(topic)));
        const all = wanted.flatMap((topic) =>
          Array.from({ length: counts[topic as "a"] }, (_, at) => `${topic}/${at}`),
        );
        expect(placesOf(deal).sort()).toEqual(all.sort());
        for (const { id, topics: own } of group) for (const [topic] of deal.get(id) ?? []) expect(own).toContain(topic);
        expect(dealPartitions([...group].reverse(), counts)).toEqual(deal);
      }),
    );
  });

  it("is even among members that want the same", () => {
    fc.assert(
      fc.property(members, (group) => {
        const deal = dealPartitions(
          group.map((each) => ({ ...each, topics })),
          counts,
        );
        const sizes = [...deal.values()].map((places) => places.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("leaves a partition with its holder while that is even, and believes the younger claim", () => {
    const kept = dealPartitions([claim("x", { a: [1, 2] }), claim("y", { a: [0, 3] })], { a: 4 });
    expect(kept.get("x")).toEqual([
      ["a", 1],
      ["a", 2],
    ]);
    const contested = dealPartitions([claim("x", { a: [0, 1, 2, 3] }, 1), claim("y", { a: [0, 1] }, 2)], { a: 4 });
    expect(contested.get("y")).toEqual([
      ["a", 0],
      ["a", 1],
    ]);
    const shrunk = dealPartitions([claim("x", { a: [0, 1, 2, 3] }), claim("y", {})], { a: 4 });
    expect(shrunk.get("x")).toEqual([
      ["a", 0],
      ["a", 1],
    ]);
  });
});
