/** What a reload leaves behind: nothing. Old generations, their planners among them, are let go by everything that knew them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "@jest/globals";
import { composeSubgraphs } from "../../../gateway/compose.ts";
import { silentLogger } from "../../../gateway/gateway-logger.ts";
import type { Generation } from "../../../gateway/generation.ts";
import { GraphKeeper } from "../../../gateway/reload/graph-keeper.ts";
import { openGateway } from "../../../gateway/server/create-gateway.ts";
import { gatewaySettings } from "../../../gateway/server/gateway-options.ts";
import { ask } from "../../support/onefold-program.ts";
import { subscribeByWebSocket } from "../../support/open-subscription.ts";
import { serveSmallSubgraph, smallSdl } from "../../support/small-subgraph.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const SWAPS = 12;

it("of 12 graphs that served, with requests at every door, only the last is kept", async () => {
  await using people = await serveSmallSubgraph("people");
  await using posts = await serveSmallSubgraph("posts");
  const numbered = (n: number): string =>
    composeSubgraphs(
      [people, posts].map(({ name, url }) => ({
        ...{ name, url },
        sdl: smallSdl[name].replace("type Query {", `type Query { v${n}: Int @shareable`),
      })),
    );
  const settings = gatewaySettings(undefined);
  const optionsOf = ({ name, url }: { name: string; url: string }) => ({ name, url });
  const keeper = await GraphKeeper.open(numbered(0), { optionsOf, settings, logger: silentLogger, lingerMs: 0 });
  await using gateway = await openGateway(keeper.graph, settings, silentLogger);
  const url = `http://127.0.0.1:${await gateway.listen({ port: 0 })}`;
  const served: WeakRef<Generation>[] = [];
  for (let n = 1; n <= SWAPS; n++) {
    served.push(new WeakRef(keeper.graph.current));
    expect((await ask(url, "{ people { posts { id } } }")).errors).toBeUndefined();
    await using stream = subscribeByWebSocket(url, "subscription { ticks { n by { name } } }");
    await stream.next();
    expect(await keeper.offer(numbered(n))).toBe("served");
  }
  const alive = (): number => served.filter((each) => each.deref() !== undefined).length;
  // The first that served may be held by what started with it. To look at a reference keeps it until the next turn.
  const turn = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 10));
  do {
    await turn();
    collect();
    await turn();
  } while (alive() > 2);
  keeper.close();
}, 60_000);
