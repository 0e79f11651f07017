/** Entries kept as bytes are the ones that events sorted as objects would give. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { EntryArena } from "../../../ingest/models/entry-arena.ts";
import type { EventModel, StandardEvent } from "../../../schema/model/event.ts";
import { compareEvents, recentEntry } from "../../../stores/ports/model-values.ts";

const event = fc
  .record({
    time: fc.constantFrom(-1, 0, 1, 2 ** 31, 1_700_000_000_000),
    hash: fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 63n),
    id: fc.oneof(fc.constantFrom("a", "b", "aa", "漢"), fc.string({ unit: "grapheme", maxLength: 700 })),
  })
  // The hash is of the text.
  .map(({ time, hash, id }): StandardEvent => {
    const text = JSON.stringify([`of ${String(hash)} 😀`]);
    return { model: {} as EventModel, values: [], offset: 0, late: false, time, hash, id, text };
  });

test("gives the newest of each member's entries, each once, however they came in", () => {
  const members = fc.array(fc.record({ member: fc.nat(2), event }), { maxLength: 60 });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 12 }), (events, keep) => {
      const arena = new EntryArena();
      const numbers: number[][] = [[], [], []];
      for (const { member, event: of } of events) numbers[member]?.push(arena.add(of));
      for (const [member, of] of numbers.entries()) {
        const sorted = events.filter((each) => each.member === member).map((each) => each.event);
        sorted.sort((a, b) => compareEvents(b, a));
        const each = sorted.filter((one, i) => i === 0 || compareEvents(one, sorted[i - 1] ?? one) !== 0);
        const expected = each.slice(0, keep).map((one) => Buffer.from(recentEntry(one)).toString("hex"));
        expect(arena.newest(of, keep).map((entry) => Buffer.from(entry).toString("hex"))).toEqual(expected);
      }
    }),
  );
});

test("keeps many entries", () => {
  const arena = new EntryArena();
  const text = JSON.stringify("x".repeat(1_000));
  const numbers = Array.from({ length: 5_000 }, (_, time) =>
    arena.add({ model: {} as EventModel, values: [], offset: 0, late: false, time, hash: 1n, id: String(time), text }),
  );
  const [newest, before] = arena.newest(numbers, 2);
  expect([newest, before].map((entry) => Buffer.from(entry ?? []).toString("utf8", 18, 22))).toEqual(["4999", "4998"]);
});
