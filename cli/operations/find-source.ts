/** Finds a declared source by its name, or says which there are. */
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { SourceModel } from "../../schema/model/source.ts";

/** @throws OnefoldError SOURCE_UNKNOWN */
export function findSource(platform: Pick<PlatformModel, "sources">, name: string): SourceModel {
  const source = platform.sources.find((candidate) => candidate.name === name);
  if (source !== undefined) return source;
  const known = platform.sources.map((candidate) => candidate.name).join(", ");
  throw new OnefoldError("SOURCE_UNKNOWN", `No source is named ${JSON.stringify(name)}; there are ${known || "none"}.`);
}
