/** The supergraph of declared domains, without opening anything. */
import type { PlatformModel } from "../schema/model/platform.ts";
import { composeSubgraphs } from "../gateway/compose.ts";
import { printSubgraph } from "../subgraphs/sdl/print-subgraph.ts";

/** @throws OnefoldError COMPOSITION_FAILED */
export function composeDomains(platform: PlatformModel): string {
  return composeSubgraphs(platform.domains.map(({ name }) => ({ name, sdl: printSubgraph(platform, name) })));
}
