/** The built program, as a user starts it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const program = join(import.meta.dirname, "../cli/main.js");
const [, flags = ""] = /^#!\S+ -S node (.*)$/m.exec(readFileSync(program, "utf8")) ?? [];

/** What Node is given: the flags of the program's first line, and its path. */
export const programArgs: readonly string[] = [...flags.split(" ").filter((flag) => flag !== ""), program];
