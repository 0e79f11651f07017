/** A wait for ingest tells why it does not go on, and ends where nobody applies anything. */
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { switchOver } from "../../../cli/operations/replay-operation.ts";
import { waitUntilApplied } from "../../../cli/operations/wait-until-applied.ts";

const never = new AbortController().signal;
/** Each look at the stores takes so long. */
const LOOK_MS = 250;
let now = 0;

beforeEach(() => {
  now = 0;
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Applies something every `everyMs`; null: nothing. */
function engineThat(ingestsHere: boolean, everyMs: number | null) {
  let onStep = (): void => undefined;
  return {
    ingestsHere,
    waitFor() {
      now += LOOK_MS;
      if (everyMs !== null && now % everyMs === 0) onStep();
      return Promise.resolve(false);
    },
    health: () => ({ status: "ok" }) as const,
    onProgress(listener: () => void) {
      onStep = listener;
      return () => undefined;
    },
  };
}

describe("waitUntilApplied", () => {
  it("tells, and ends after a minute, when other processes are to apply the events and none does", async () => {
    const told: [number, string][] = [];
    const onStep = (reason: string | null): void => {
      if (reason !== null) told.push([now, reason]);
    };
    await expect(waitUntilApplied(engineThat(false, null), {}, { signal: never, onStep })).rejects.toMatchObject({
      code: "WAIT_TIMEOUT",
      message:
        "The events are in the log, but ingest stands still: Nothing has been applied for 60 s. Does a process with the role ingest run?",
    });
    expect(told[0]).toEqual([5_000, "Nothing has been applied for 5 s. Does a process with the role ingest run?"]);
    expect(now).toBe(60_250);
  });

  it.each([
    ["others apply some, if slowly", false, 4_000],
    ["ingest of this process is well", true, null],
  ])("goes on while %s", async (_, ingestsHere, everyMs) => {
    const stop = new AbortController();
    const reasons = new Set<string | null>();
    const onStep = (reason: string | null): void => {
      reasons.add(reason);
      if (now > 600_000) stop.abort();
    };
    const waiting = waitUntilApplied(engineThat(ingestsHere, everyMs), {}, { signal: stop.signal, onStep });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect([...reasons]).toEqual([null]);
  });
});

describe("switchOver", () => {
  it("tells when no other process builds", async () => {
    async function* build(): AsyncGenerator<{ readonly done: number; readonly total: number }> {
      for (const [at, done] of [0, 4_000, 9_000, 9_500].entries()) {
        now = done;
        yield await Promise.resolve({ done: at === 3 ? 10 : 0, total: 10 });
      }
    }
    const notes: (string | undefined)[] = [];
    const engine = { ingestsHere: false, generation: () => 2 };
    await switchOver(engine, build(), { report: ({ note }) => notes.push(note), signal: never });
    expect(notes.map((note) => note?.slice(0, 33))).toEqual([
      undefined,
      undefined,
      "Nothing has been applied for 9 s.",
      undefined,
    ]);
  });
});
