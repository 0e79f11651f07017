/** Waiting for the stores of a distributed instance: by what they say, by what ingest reports, and never longer than allowed. */
import { describe, expect, it } from "@jest/globals";
import { followStores } from "../../../../cli/profiles/distributed/store-progress.ts";
import { emptyTally } from "../../../../ingest/models/outcome-tallies.ts";
import type { GenerationProgress } from "../../../../cli/profiles/generations/generation-progress.ts";
import { ProgressBook } from "../../../../cli/profiles/progress-book.ts";

const partition = "events.a/0";
const minute = 60_000;

function follow(progressOf: () => Promise<GenerationProgress>) {
  const book = new ProgressBook();
  const progress = followStores({
    changes: {
      async *progress(signal) {
        yield {};
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
    series: { fences: () => Promise.resolve({}) },
    book,
    generation: () => 1,
    progressOf,
  });
  return { book, progress, [Symbol.asyncDispose]: () => progress[Symbol.asyncDispose]() };
}

describe("waiting for the stores", () => {
  it("ends when the stores say that they include the cursor", async () => {
    await using following = follow(() => Promise.resolve(new Map([[partition, { stateTo: 11, seriesTo: 11 }]])));
    expect(await following.progress.waitFor({ [partition]: 11 }, "state", minute)).toBe(true);
    expect(await following.progress.waitFor({ [partition]: 11 }, "all", minute)).toBe(true);
  });

  it("ends by a report that comes while the stores are asked, whose answer is older by then", async () => {
    let answer: (progress: GenerationProgress) => void = () => undefined;
    await using following = follow(() => new Promise((resolve) => (answer = resolve)));
    const first = following.progress.waitFor({ [partition]: 11 }, "state", minute);
    const at = { generation: 1, topic: "events.a", partition: 0 };
    following.book.record({ ...at, stateTo: 11, seriesTo: 0, outcomes: emptyTally });
    answer(new Map([[partition, { stateTo: 10, seriesTo: 0 }]]));
    expect(await first).toBe(true);
    expect(await following.progress.waitFor({ [partition]: 11 }, "state", minute)).toBe(true);
  });

  it("ends in time, though the stores do not answer", async () => {
    await using following = follow(() => new Promise(() => undefined));
    expect(await following.progress.waitFor({ [partition]: 11 }, "state", 5)).toBe(false);
    expect(await following.progress.waitFor({ [partition]: 11 }, "all", 5)).toBe(false);
  });
});
