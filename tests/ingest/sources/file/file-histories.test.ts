/** Whatever happens to a file between ingests, each of its lines comes into the log once. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import type { AppendBatch, AppendResult, EventLog } from "../../../../stores/ports/event-log.ts";
import { eventId, openFileBench } from "./file-bench.ts";

/** Dies at given appends, before or after their effect, as a killed process does: nothing after it has an effect. */
function mortalLog(log: EventLog): { readonly log: EventLog; live(appends: number, effect: boolean): void } {
  let left = Infinity;
  let lastHasEffect = false;
  const append = async (topic: string, batch: AppendBatch): Promise<AppendResult> => {
    if (left <= 0) throw new Error("killed");
    left--;
    if (left > 0) return log.append(topic, batch);
    if (lastHasEffect) await log.append(topic, batch);
    throw new Error("killed");
  };
  const wrapped = Object.assign(Object.create(log) as EventLog, {
    append,
    createTopic: log.createTopic.bind(log),
    read: log.read.bind(log),
    producers: log.producers.bind(log),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  });
  return {
    log: wrapped,
    live: (appends, effect) => {
      left = appends;
      lastHasEffect = effect;
    },
  };
}

/** One step of a file's life. */
type Step =
  | { readonly kind: "grow"; readonly bytes: number }
  | {
      readonly kind: "ingest";
      readonly name: string;
      readonly gzip: boolean;
      readonly dies: number | null;
      readonly effect: boolean;
    }
  | { readonly kind: "ingest-old"; readonly share: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("grow" as const), bytes: fc.integer({ min: 1, max: 120 }) }),
  fc.record({
    kind: fc.constant("ingest" as const),
    name: fc.constantFrom("a.csv", "b.csv", "c.txt"),
    gzip: fc.boolean(),
    dies: fc.option(fc.integer({ min: 1, max: 6 })),
    effect: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("ingest-old" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

const first = "0,first\n";
const line = fc.constantFrom("1,a", "2,b", '3,"c\nd"', "4,é", "", '5,"""q"""', "6,\r", "7,seven");

describe("each line of a file", () => {
  it("comes into the log once, through growth, renames, copies, cut copies and kills", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.array(step, { maxLength: 12 }),
        async (lines, steps) => {
          const mortal = mortalLog(createMemoryEventLog());
          await using bench = await openFileBench(mortal.log);
          const whole = Buffer.from(first + lines.map((text, i) => (text === "" ? "" : `${i}${text}`) + "\n").join(""));
          const limits = { maxBatchRecords: 3 };
          const firstRecord = first.length;
          let size = Math.max(10, firstRecord);
          for (const action of [...steps, { kind: "grow", bytes: whole.length } as const]) {
            if (action.kind === "grow") size = Math.min(whole.length, size + action.bytes);
            else if (action.kind === "ingest") {
              const file = await bench.write(action.name, whole.subarray(0, size), { gzip: action.gzip });
              mortal.live(action.dies ?? Infinity, action.effect);
              await bench
                .ingest(file, limits)
                .catch((error: unknown) => expect(error).toMatchObject({ message: "killed" }));
            } else {
              // An older state of the file, while the newest is at hand for comparison.
              await bench.write("a.csv", whole.subarray(0, size));
              mortal.live(Infinity, false);
              await bench.ingest(bench.path("a.csv"), limits);
              const old = await bench.write(
                "old.csv",
                whole.subarray(0, Math.max(firstRecord, Math.floor(size * action.share))),
              );
              const result = await bench.ingest(old, limits);
              expect(result.appended).toBe(0);
            }
          }
          mortal.live(Infinity, false);
          const result = await bench.ingest(await bench.write("final.csv", whole), limits);
          const again = await bench.ingest(bench.path("final.csv"), limits);
          expect(again).toMatchObject({ appended: 0, read: result.read });

          await using clean = await openFileBench();
          expect((await clean.ingest(await clean.write("clean.csv", whole))).read).toBe(result.read);
          const expected = (await clean.records()).map((r) => [r.sequence, Buffer.from(r.value).toString()]);
          // A line that was cut when it was read stands before its whole self, under the same id: the last one counts.
          const found = new Map((await bench.records()).map((r) => [eventId(r), r] as const));
          const bySequence = [...found.values()].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
          expect(bySequence.map((r) => [r.sequence, Buffer.from(r.value).toString()])).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("files that are edited", () => {
  it("never give two different lines one id, and lose no line", async () => {
    const edit = fc.record({ at: fc.nat(30), text: fc.constantFrom("x,1\n", "y,2", "\n", "z") });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
        await using bench = await openFileBench();
        let content = "1,a\n2,b\n3,c\n";
        for (const { at, text } of edits) {
          const place = Math.min(content.length, at);
          content = content.slice(0, place) + text + content.slice(place);
          await bench.ingest(await bench.write("a.csv", content), { maxBatchRecords: 2 });
          const values = await bench.values();
          for (const each of content.split("\n")) if (each !== "") expect(values).toContain(each);
        }
        const ids = new Map<string, string>();
        for (const record of await bench.records()) {
          const value = Buffer.from(record.value).toString();
          const earlier = ids.get(eventId(record));
          // Only a line that grew at the file's end comes again.
          if (earlier !== undefined) expect(value.startsWith(earlier) && value !== earlier).toBe(true);
          ids.set(eventId(record), value);
        }
      }),
      { numRuns: 200 },
    );
  });
});
