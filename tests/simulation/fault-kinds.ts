/** What can go wrong in the simulation: faults of single calls, and incidents that befall a process or a store. */

export const ports = ["log", "state", "series", "changes"] as const;
export type Port = (typeof ports)[number];

/**
 * What becomes of one call. `before`: an error without effect; `after`: an error in spite of the effect; `part`: an error
 * after a part of the effect (some shards, some rows, no fence); `late`: an error now, the effect later; `twice`: the
 * effect again, later; `slow`: an answer long after.
 */
export const callFaults = ["before", "after", "part", "late", "twice", "slow"] as const;
export type CallFault = (typeof callFaults)[number];

export const incidents = [
  "crash",
  "stop",
  "zombie",
  "expelled",
  "joins",
  "clock-forwards",
  "clock-backwards",
  "state-lost",
  "shards-lost",
  "frozen-log",
  "frozen-state",
  "frozen-series",
  "frozen-changes",
] as const;
export type Incident = (typeof incidents)[number];

/** What the events themselves, and those who bring and take them, do. */
export const disorders = [
  "resent-batch",
  "late-event",
  "timely-event",
  "poison",
  "file-grows",
  "ingester-crash",
  "overtaken-answer",
  "rebuild-beside",
  "subscriber-returns",
  "log-trimmed",
] as const;
export type Disorder = (typeof disorders)[number];

export type FaultKind = `${Port}:${CallFault}` | Incident | Disorder;

/** Only these ports have a call whose effect can come about in part. */
const divisible: readonly Port[] = ["state", "series"];

export const callFaultKinds = ports.flatMap((port) =>
  callFaults
    .filter((fault) => fault !== "part" || divisible.includes(port))
    .map((fault) => ({ port, fault, kind: `${port}:${fault}` as const })),
);

export const faultKinds: readonly FaultKind[] = [...callFaultKinds.map(({ kind }) => kind), ...incidents, ...disorders];
