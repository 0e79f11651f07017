/** No gateway: a plain Node server that sends an answer it has. What is left to gain on Node lies above its figure. */
import { join } from "node:path";
import type { Contender } from "./contender.ts";

export const nodeHttp: Contender = {
  name: "node-http",
  label: "no gateway: Node's server, kept answers",
  tiers: ["queries"],
  prepare: async () => undefined,
  command: async ({ port, folder }) => ({
    file: process.execPath,
    args: [join(import.meta.dirname, "serve-kept.js"), String(port)],
    cwd: folder,
    path: "/graphql",
  }),
};
