/** Lets an incident happen: to one of the workers, to a store, or to all that the state store holds. */
import { market } from "../ingest/fixtures/market.ts";
import type { Incident } from "./fault-kinds.ts";
import { loseShards } from "./lose-state.ts";
import type { SimulatedWorker } from "./simulated-worker.ts";
import type { World } from "./simulated-world.ts";

const HOUR = 3_600_000;

export async function letHappen(world: World, incident: Incident, workers: readonly SimulatedWorker[]): Promise<void> {
  const { random, network, note, hit } = world;
  const running = workers.filter((worker) => worker.isRunning);
  const victim = running.length === 0 ? null : random.pick(running);
  if (needsVictim(incident) && victim === null) return;
  note(`! ${incident}`);
  hit(incident);
  switch (incident) {
    case "crash":
      return victim?.crash();
    case "stop":
      return victim?.restart();
    case "zombie":
      return victim?.freeze();
    case "expelled":
      return victim?.expel();
    case "joins":
      return workers.at(-1)?.startUnlessRunning();
    case "clock-forwards":
      return victim?.skewClock(random.below(48) * HOUR);
    case "clock-backwards":
      return victim?.skewClock(-random.below(48) * HOUR);
    case "state-lost":
      return loseState(world, () => true);
    case "shards-lost": {
      const [from, width] = [random.below(64), 1 + random.below(40)];
      return loseState(world, (shard) => (shard - from + 64) % 64 < width);
    }
    case "frozen-log":
      network.freeze("log", random.below(8_000));
      return;
    case "frozen-state":
      network.freeze("state", random.below(8_000));
      return;
    case "frozen-series":
      network.freeze("series", random.below(8_000));
      return;
    case "frozen-changes":
      network.freeze("changes", random.below(8_000));
      return;
  }
}

function needsVictim(incident: Incident): boolean {
  return ["crash", "stop", "zombie", "expelled", "clock-forwards", "clock-backwards"].includes(incident);
}

async function loseState(world: World, lost: (shard: number) => boolean): Promise<void> {
  const entities = [...market.entities.map(({ name }) => name), "__Producer"];
  world.state = await loseShards(world.state, { generations: [1, 2], entities, partitions: world.places, lost });
}
