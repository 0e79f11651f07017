/** A wait for ingest tells why it does not go on, and ends where nobody applies anything. */
import { describe, expect, it } from "@jest/globals";
import { waitUntilApplied } from "../../../cli/operations/wait-until-applied.ts";

const never = new AbortController().signal;
const later = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 5));

function engineThat(ingestsHere: boolean, moves: boolean) {
  return {
    ingestsHere,
    waitFor: later,
    health: () => ({ status: "ok" }) as const,
    onProgress(listener: () => void) {
      const timer = setInterval(() => (moves ? listener() : undefined), 5);
      return () => clearInterval(timer);
    },
  };
}

describe("waitUntilApplied", () => {
  it("ends when other processes are to apply the events, and none does", async () => {
    const waiting = waitUntilApplied(engineThat(false, false), {}, { signal: never, standstillMs: 40 });
    await expect(waiting).rejects.toMatchObject({
      code: "WAIT_TIMEOUT",
      message: "The events are in the log, but ingest stands still: No process has applied an event.",
    });
  });

  it.each([
    ["others apply some, if slowly", false, true],
    ["ingest of this process is well", true, false],
  ])("goes on while %s", async (_, ingestsHere, moves) => {
    const stop = new AbortController();
    let steps = 0;
    const onStep = (reason: string | null): void => {
      expect(reason).toBeNull();
      if (++steps === 40) stop.abort();
    };
    const waiting = waitUntilApplied(
      engineThat(ingestsHere, moves),
      {},
      { signal: stop.signal, onStep, standstillMs: 60 },
    );
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(steps).toBe(40);
  });
});
