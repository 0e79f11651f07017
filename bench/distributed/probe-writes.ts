/** Mutations at a slow, steady pace beside a load: how long each answer takes, and until the event stands in a series. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GraphClient } from "./graph-client.ts";

/** Milliseconds from when the mutation was sent. */
export interface WriteProbes {
  /** Until a query through the gateway finds the event in a series, over all mutations that waited for the state only. */
  readonly series: readonly number[];
  /** Until the answer, by what was to be waited for. */
  readonly state: readonly number[];
  readonly all: readonly number[];
  readonly failures: readonly string[];
}

const EVERY_MS = 250;
/** Between two looks for one event in a series. */
const LOOK_MS = 20;
const GIVE_UP_MS = 30_000;

/** Runs until the signal aborts; each mutation is of a user of its own, and waits for the state or for all in turn. */
export async function probeWrites(client: GraphClient, signal: AbortSignal): Promise<WriteProbes> {
  const probes = { series: [] as number[], state: [] as number[], all: [] as number[], failures: [] as string[] };
  const pending: Promise<void>[] = [];
  for (let i = 0; !signal.aborted; i++) {
    const begun = performance.now();
    const since = (): number => performance.now() - begun;
    const user = `probe${String(i)}`;
    const waitsForAll = i % 2 === 1;
    const answered = publish(client, user, waitsForAll ? "ALL" : "STATE");
    const probe = answered.then(async () => {
      (waitsForAll ? probes.all : probes.state).push(since());
      if (waitsForAll) return;
      await untilInSeries(client, user, since);
      probes.series.push(since());
    });
    pending.push(probe.catch((fault: unknown) => void probes.failures.push(String(fault))));
    await sleep(EVERY_MS);
  }
  await Promise.all(pending);
  return probes;
}

async function publish(client: GraphClient, user: string, acknowledge: "STATE" | "ALL"): Promise<void> {
  const event = { userId: user, itemId: "probe", behavior: "pv" };
  await client.ask(
    `mutation ($event: UserBehaviorInput!) { publishUserBehavior(event: $event, acknowledge: ${acknowledge}) { eventId } }`,
    { event },
  );
}

async function untilInSeries(client: GraphClient, user: string, since: () => number): Promise<void> {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const query = `{ consumer(id: "${user}") { activity(every: MINUTE, from: "${from}") { views } } }`;
  while (since() < GIVE_UP_MS) {
    const { consumer } = (await client.ask(query)) as { consumer: { activity: readonly { views: number }[] } | null };
    if (consumer?.activity.some(({ views }) => views > 0) === true) return;
    await sleep(LOOK_MS);
  }
  throw new Error(`${user} is in no series after ${String(GIVE_UP_MS)} ms.`);
}
