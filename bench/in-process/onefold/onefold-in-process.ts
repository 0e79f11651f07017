/** Onefold as a contender: one process with its domains in it. */
import { join } from "node:path";
import type { Contender } from "../../gateway/contenders/contender.ts";
import { programArgs } from "../../program.ts";

/** `redis`: `host:port`. `profile`: a folder for a V8 CPU profile, or undefined for none. */
export function onefoldInProcess(redis: string, profile: string | undefined): Contender {
  const [host = "", redisPort = ""] = redis.split(":");
  const flags = programArgs.filter((argument) => argument.startsWith("--"));
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  return {
    name: "onefold",
    label: "Onefold, in-process",
    tiers: ["reads"],
    prepare: () => Promise.resolve(),
    command: ({ port, folder }) =>
      Promise.resolve({
        file: process.execPath,
        args: [...flags, ...profiling, join(import.meta.dirname, "serve-onefold.js"), host, redisPort, String(port)],
        cwd: folder,
        path: "/graphql",
      }),
  };
}
