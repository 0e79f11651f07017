/** When a circuit opens, whom it lets through, and when it closes. */
import { describe, expect, it } from "@jest/globals";
import { CircuitBreaker } from "../../../gateway/transport/circuit-breaker.ts";

const limits = { failuresInRow: 3, failedPart: 0.5, minRequests: 10, windowMs: 1_000, probeEveryMs: 100 };

function createCircuit() {
  const time = { now: 5_000 };
  const changes: string[] = [];
  const circuit = new CircuitBreaker({ limits, onChange: (state) => changes.push(state), now: () => time.now });
  const fail = (times: number): void => {
    for (let i = 0; i < times; i++) circuit.admit()?.failed();
  };
  return { circuit, time, changes, fail, answer: () => circuit.admit()?.answered() };
}

describe("a circuit", () => {
  it("opens with failures in a row, and not if an answer came in between", () => {
    const { circuit, changes, fail, answer } = createCircuit();
    fail(2);
    answer();
    fail(2);
    expect(changes).toEqual([]);
    fail(1);
    expect(changes).toEqual(["open"]);
    expect(circuit.admit()).toBeUndefined();
  });

  it("opens if half of a window's requests failed, and forgets what was before the window", () => {
    const { changes, fail, answer, time } = createCircuit();
    for (let i = 0; i < 4; i++) {
      fail(1);
      answer();
    }
    time.now += limits.windowMs;
    for (let i = 0; i < 4; i++) {
      answer();
      fail(1);
    }
    answer();
    expect(changes).toEqual([]);
    fail(1);
    expect(changes).toEqual(["open"]);
  });

  it("lets one request through in each interval while it is open, even if the last is still on its way", () => {
    const { circuit, time, fail } = createCircuit();
    fail(3);
    time.now += limits.probeEveryMs - 1;
    expect(circuit.admit()).toBeUndefined();
    for (let i = 0; i < 3; i++) {
      time.now += limits.probeEveryMs;
      expect(circuit.admit()).toBeDefined();
      expect(circuit.admit()).toBeUndefined();
    }
  });

  it("closes with the first probe that is answered, and stays open if it fails or nobody waits for it", () => {
    const { circuit, changes, time, fail } = createCircuit();
    fail(3);
    time.now += limits.probeEveryMs;
    circuit.admit()?.failed();
    time.now += limits.probeEveryMs;
    circuit.admit();
    expect(circuit.admit()).toBeUndefined();
    time.now += limits.probeEveryMs;
    circuit.admit()?.answered();
    expect(changes).toEqual(["open", "closed"]);
    fail(2);
    expect(circuit.admit()).toBeDefined();
  });

  it("does not count what began before it changed, nor anything twice", () => {
    const { circuit, changes, time, fail } = createCircuit();
    const once = circuit.admit();
    for (let i = 0; i < 3; i++) once?.failed();
    expect(changes).toEqual([]);
    const early = Array.from({ length: 5 }, () => circuit.admit());
    fail(2);
    expect(changes).toEqual(["open"]);
    early[0]?.answered();
    expect(changes).toEqual(["open"]);
    time.now += limits.probeEveryMs;
    circuit.admit()?.answered();
    for (const admission of early) admission?.failed();
    expect(changes).toEqual(["open", "closed"]);
  });
});
