/** Our gateway by its command, of this checkout or of another one that is built. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Contender } from "./contender.ts";

/** `flags`: of Node, before its own. */
export function onefold(name: string, checkout: string, flags: readonly string[] = []): Contender {
  const starter = process.env["ONEFOLD_STARTER"] ?? "";
  return {
    name,
    label: name === "onefold" ? "Onefold" : `Onefold, ${name}`,
    tiers: ["none"],
    prepare: async () => undefined,
    command: async ({ supergraph, port }) => ({
      file: process.execPath,
      args: [...flags, ...programFlags(checkout), starter, resolve(checkout), supergraph, String(port)],
      cwd: checkout,
      path: "/graphql",
    }),
  };
}

/** Those of the first line of the built program. */
function programFlags(checkout: string): readonly string[] {
  const program = readFileSync(join(checkout, "dist/cli/main.js"), "utf8");
  const [, flags = ""] = /^#!\S+ -S node (.*)$/m.exec(program) ?? [];
  return flags.split(" ").filter((flag) => flag !== "");
}
