/** The sample domains, compiled: the graph that all contenders serve. */
import { join } from "node:path";
import { readDeclarations } from "../../../cli/declarations.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";

export function benchPlatform(): Promise<PlatformModel> {
  return readDeclarations(join(import.meta.dirname, "../../../schema"));
}
