/** Progress by calls becomes a stream: the newest state, then the result; and the work never outlives its reader. */
import { describe, expect, it } from "@jest/globals";
import { conflatedUpdates } from "../../../cli/operations/conflated-updates.ts";
import type { OperationUpdate } from "../../../cli/operations/operation.ts";

const never = new AbortController().signal;
const at = (done: number) => ({ step: "s", unit: "u", done, total: null });

async function collect(updates: AsyncIterable<OperationUpdate>): Promise<OperationUpdate[]> {
  const all: OperationUpdate[] = [];
  for await (const update of updates) all.push(update);
  return all;
}

describe("conflated updates", () => {
  it("show the newest of many, and the result last", async () => {
    const updates = await collect(
      conflatedUpdates(never, async (report) => {
        for (let done = 0; done < 1_000; done++) report(at(done));
        return "result";
      }),
    );
    expect(updates).toEqual([
      { kind: "progress", ...at(999) },
      { kind: "result", result: "result" },
    ]);
  });

  it("throw what the work throws", async () => {
    const fault = new Error("no");
    await expect(collect(conflatedUpdates(never, () => Promise.reject(fault)))).rejects.toBe(fault);
  });

  it("abort the work of a reader who leaves, and wait for its end", async () => {
    let ended = false;
    const updates = conflatedUpdates(never, async (report, signal) => {
      report(at(1));
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      ended = true;
    });
    for await (const _update of updates) break;
    expect(ended).toBe(true);
  });
});
