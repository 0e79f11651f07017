/** The three sample domains, compiled: what tests of sources and of the generator run on. */
import { join } from "node:path";
import { loadDomains } from "../../../schema/load-domains.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";

export async function samplePlatform(): Promise<PlatformModel> {
  const result = await loadDomains(join(import.meta.dirname, "../../../schema"));
  if (result.kind === "invalid") throw new Error(JSON.stringify(result.diagnostics));
  return result.platform;
}
