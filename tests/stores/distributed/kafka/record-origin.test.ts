/** Origins travel as headers and come back whole. */
import { expect, it } from "@jest/globals";
import { originHeaders, OriginReader } from "../../../../stores/distributed/kafka/record-origin.ts";
import type { RecordOrigin } from "../../../../stores/ports/event-log.ts";

const origins: readonly RecordOrigin[] = [
  { format: "json", producer: "http" },
  { format: "csv", columns: ["a", "ä"], producer: "file:x:1", file: "/data/ü.csv" },
  { format: "csv", columns: [], producer: "file:x:2" },
  { format: "json", producer: "graphql", file: "" },
  { format: "json", producer: "http", traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
];

it("gives back every origin and sequence, in whatever turn", () => {
  const reader = new OriginReader();
  for (const origin of [...origins, ...origins]) {
    for (const sequence of [null, 0, 1, 2 ** 40]) {
      const headers = originHeaders(origin)(sequence);
      expect(reader.origin(headers)).toEqual(origin);
      expect(reader.sequence(headers)).toBe(sequence);
    }
  }
});

it("shares one object among records in a row", () => {
  const reader = new OriginReader();
  const headersOf = originHeaders({ format: "json", producer: "http" });
  expect(reader.origin(headersOf(1))).toBe(reader.origin(headersOf(2)));
});

it("sees that another wrote a record", () => {
  const reader = new OriginReader();
  expect(reader.origin({})).toBeNull();
  expect(reader.origin({ onefold: Buffer.from("x") })).toBeNull();
  expect(reader.sequence({})).toBeNull();
});
