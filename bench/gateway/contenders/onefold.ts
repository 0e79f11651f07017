/** Our gateway by its command, of this checkout or of another one that is built. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tiers, type Contender } from "./contender.ts";

export interface OnefoldOptions {
  readonly name: string;
  /** A folder that holds `dist`. */
  readonly checkout: string;
  /** Of Node, before the program's own. */
  readonly flags: readonly string[];
}

export function onefold({ name, checkout, flags }: OnefoldOptions): Contender {
  const program = join(resolve(checkout), "dist/cli/main.js");
  const nodeArgs = [...flags, ...programFlags(program), program];
  const help = execFileSync(process.execPath, [program, "gateway", "--help"], { encoding: "utf8" });
  const [, choices = '"none"'] = /--share\b[^]*?\(choices:([^)]*)\)/.exec(help) ?? [];
  const canShare = help.includes("--share");
  return {
    name,
    label: name === "onefold" ? "Onefold" : `Onefold, ${name}`,
    tiers: tiers.filter((tier) => choices.includes(`"${tier}"`)),
    prepare: async () => undefined,
    command: async ({ supergraph, port, tier, folder }) => ({
      file: process.execPath,
      args: [...nodeArgs, "gateway", ...where(supergraph, port), ...(canShare ? ["--share", tier] : [])],
      cwd: folder,
      path: "/graphql",
    }),
  };
}

function where(supergraph: string, port: number): readonly string[] {
  return ["--supergraph", supergraph, "--port", String(port), "--log-level", "warn"];
}

/** Those of the first line of the built program. */
function programFlags(program: string): readonly string[] {
  const [, flags = ""] = /^#!\S+ -S node (.*)$/m.exec(readFileSync(program, "utf8")) ?? [];
  return flags.split(" ").filter((flag) => flag !== "");
}
