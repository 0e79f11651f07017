/** What must work for an engine to answer requests. */
import type { Engine } from "../profiles/engine.ts";
import type { Probe } from "./readiness.ts";

type Serving = Pick<Engine, "generation" | "state" | "series" | "log" | "platform">;

/** The log belongs to it: without it, mutations and pushes fail. */
export function engineProbes(engine: Serving): readonly Probe[] {
  const [source] = engine.platform.sources;
  return [
    { name: "The models", run: async () => engine.generation() },
    { name: "The state store", run: () => engine.state.generations() },
    { name: "The series store", run: async () => engine.series.fences(engine.generation()) },
    ...(source === undefined ? [] : [{ name: "The log", run: () => engine.log.ranges(source.topic) }]),
  ];
}
