/** The version of this Onefold, as its package names it. */
import { readFileSync } from "node:fs";

/** One folder up from the sources, two from what is built of them. */
export function readVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version?: unknown };
      if (typeof version === "string") return version;
    } catch {
      // Not there: the other one is.
    }
  }
  return "unknown";
}
