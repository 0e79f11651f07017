/** The three sample domains, as the compiler takes them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileDomains, type DomainText } from "../../../schema/compiler/compile-domains.ts";
import { formatDiagnostics } from "../../../schema/compiler/format-diagnostics.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";

export const sampleTexts: readonly DomainText[] = ["consumer", "content", "enterprise"].map((name) => ({
  file: `${name}.graphql`,
  text: readFileSync(join(import.meta.dirname, `../../../schema/${name}.graphql`), "utf8"),
}));

/** Compiles what must be sound; the test fails with the compiler's own words where it is not. */
export function compileSound(files: readonly DomainText[]): PlatformModel {
  const result = compileDomains(files);
  if (result.kind === "invalid") throw new Error(formatDiagnostics(result.diagnostics, files));
  return result.platform;
}
