/** Platforms for tests: the sample domains, or a declaration written in the test. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileDomains, type DomainText } from "../../schema/compiler/compile-domains.ts";
import { formatDiagnostics } from "../../schema/compiler/format-diagnostics.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";

const folder = join(import.meta.dirname, "..", "..", "schema");

/** The three domains that ship with the project. */
export function samplePlatform(): PlatformModel {
  const files = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  return compiled(files.map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") })));
}

/** One domain, declared in SDL. */
export function compilePlatform(text: string): PlatformModel {
  return compiled([{ file: "test.graphql", text }]);
}

function compiled(texts: readonly DomainText[]): PlatformModel {
  const result = compileDomains(texts);
  if (result.kind === "compiled") return result.platform;
  throw new Error(formatDiagnostics(result.diagnostics, texts));
}
