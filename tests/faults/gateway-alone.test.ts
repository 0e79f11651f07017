/** A gateway alone, while its subgraphs and its supergraph are broken under it: every answer is right, or says what is missing. */
import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  composeSmall,
  startGateway,
  startSmallSubgraph,
  untilVersion,
  type RunningGateway,
  type SmallSubgraphProcess,
} from "../support/gateway-program.ts";
import { ask, askData, type GraphAnswer } from "../support/onefold-program.ts";
import { subscribeByEvents, subscribeByWebSocket, type OpenSubscription } from "../support/open-subscription.ts";
import { readPrometheusText } from "../support/prometheus-text.ts";
import { smallSdl } from "../support/small-subgraph.ts";
import { startLoad } from "../support/steady-load.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";
import { faultSeed, scaled } from "./harness/fault-scale.ts";
import { writeFaultResult } from "./report/results.ts";

const joined = "{ people { name posts { title } } }";
const ticks = "subscription { ticks { n by { name } } }";
/** A query has this long to answer, whatever its subgraphs do; then it takes what a busy machine needs. */
const DEADLINE_MS = 5_000;
const BUSY_MS = 5_000;

let people: SmallSubgraphProcess;
let posts: SmallSubgraphProcess;
let folder: TemporaryFolder;
let path: string;
let gateway: RunningGateway;
let whole: string;

const offer = (version: number): Promise<void> => writeFile(path, composeSmall([people, posts], version));
const askJoined = async (): Promise<string> => JSON.stringify(await askData(gateway.url, joined));

async function askRight(): Promise<void> {
  const data = await askJoined();
  if (data !== whole) throw new Error(`Another answer: ${data}`);
}

beforeAll(async () => {
  [people, posts] = await Promise.all([startSmallSubgraph("people"), startSmallSubgraph("posts")]);
  folder = await openTemporaryFolder();
  path = join(folder.path, "supergraph.graphql");
  await offer(0);
  gateway = await startGateway(["--supergraph", path]);
  whole = await askJoined();
}, 120_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all([people.kill(), posts.kill()]);
  await folder[Symbol.asyncDispose]();
});

/** How many queries a subgraph was asked so far. */
async function countAsked({ url }: SmallSubgraphProcess): Promise<number> {
  return ((await (await fetch(url)).json()) as { asked: number }).asked;
}

/** What is left of the answer while `posts` is away: names, and an error where the posts would be joined. */
function expectPartial({ data, errors = [] }: GraphAnswer): void {
  const names = [0, 1, 2, 3, 4].map((index) => `Person ${index}`);
  expect(data).toEqual({ people: names.map((name) => ({ name, posts: null })) });
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    expect(error).toMatchObject({ extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "posts" } });
    expect((error as { path?: readonly unknown[] }).path?.[0]).toBe("people");
  }
}

/** Asks until the answer is whole again; answers how long that took, in milliseconds. */
async function untilWhole(): Promise<number> {
  const since = performance.now();
  while (JSON.stringify((await ask(gateway.url, joined)).data) !== whole) continue;
  return Math.round(performance.now() - since);
}

const result = { profile: "gateway", seed: faultSeed, differences: 0 } as const;

describe("a gateway alone", () => {
  it("answers in part while a subgraph is down, and whole as soon as it is back", async () => {
    const rounds = scaled(2, 10);
    let recoveredMs = 0;
    for (let round = 0; round < rounds; round++) {
      await posts.kill();
      const partial = await ask(gateway.url, joined);
      const other = await ask(gateway.url, "{ people { name } }");
      posts = await startSmallSubgraph("posts", posts.port);
      recoveredMs = Math.max(recoveredMs, await untilWhole());
      expectPartial(partial);
      expect(other.errors).toBeUndefined();
    }
    expect(recoveredMs).toBeLessThan(1_000 + BUSY_MS);
    const of = { fault: 15, name: "A subgraph is down", rounds, events: rounds, recoveredMs };
    writeFaultResult({ ...result, ...of, proof: "ended by signal 9; its fields were null, with an error each" });
  }, 60_000);

  it("answers by its deadline while a subgraph is frozen, and all else at once", async () => {
    posts.signal("SIGSTOP");
    const since = performance.now();
    let others = 0;
    const frozen = ask(gateway.url, joined);
    let isOver = false;
    void frozen.finally(() => (isOver = true));
    while (!isOver) {
      expect(await askData(gateway.url, "{ people { name } }")).toBeDefined();
      if (!isOver) others++;
    }
    expectPartial(await frozen);
    expect(performance.now() - since).toBeLessThan(DEADLINE_MS + BUSY_MS);
    expect(others).toBeGreaterThan(10);
    await expect(fetch(posts.url, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    posts.signal("SIGCONT");
    const recoveredMs = await untilWhole();
    expect(recoveredMs).toBeLessThan(1_000 + BUSY_MS);
    const of = { fault: 16, name: "A subgraph is frozen", rounds: 1, events: others + 1, recoveredMs };
    writeFaultResult({
      ...result,
      ...of,
      proof: `stopped: it took a connection and did not answer; ${others} others were answered meanwhile`,
    });
  }, 60_000);

  it("gives each of 500 who ask at once the right answer, and nobody another's", async () => {
    const query = "query ($n: Int!) { whoAsks same(n: $n) people { id posts { id } } }";
    const askAs = async (token: string | null, n: number): Promise<unknown> => {
      const headers = { "content-type": "application/json", ...(token !== null && { authorization: token }) };
      const body = JSON.stringify({ query, variables: { n } });
      return (await fetch(`${gateway.url}/graphql`, { method: "POST", headers, body })).json();
    };
    const { people: expected } = await askData(gateway.url, "{ people { id posts { id } } }");
    // Cold: another graph knows no plan of this query.
    await offer(1);
    await untilVersion(gateway.url, 1);
    const asked = Array.from({ length: 500 }, (_, index) => ({
      token: index % 5 === 0 ? `Bearer ${index % 7}` : null,
      n: index % 3 === 0 ? index : 0,
    }));
    const answers = await Promise.all(asked.map(({ token, n }) => askAs(token, n)));
    expect(answers).toEqual(asked.map(({ token, n }) => ({ data: { whoAsks: token, same: n, people: expected } })));
    const before = [await countAsked(people), await countAsked(posts)];
    // The first read takes so long that all others come while it is on its way.
    const same = "{ late(ms: 3000) people { name posts { title } } }";
    const shared = await Promise.all(asked.map(() => ask(gateway.url, same)));
    for (const { data } of shared) expect(JSON.stringify({ people: data?.["people"] })).toBe(whole);
    const reads = [(await countAsked(people)) - (before[0] ?? 0), (await countAsked(posts)) - (before[1] ?? 0)];
    // One each, and another where the machine was too busy to take all of them in time.
    for (const count of reads) expect([1, 2, 3]).toContain(count);
    const of = { fault: 19, name: "500 queries at once", rounds: 2, events: 2 * asked.length, recoveredMs: 0 };
    const proof = `500 on their way at once, of 7 callers and 167 variables; 500 of one kind made ${reads.join(" and ")} reads`;
    writeFaultResult({ ...result, ...of, proof });
  }, 60_000);

  it("loses no request and ends no subscription over 20 other supergraphs", async () => {
    const swaps = 20;
    const doors = [subscribeByWebSocket, subscribeByEvents];
    const streams = Array.from({ length: scaled(6, 50) }, (_, index) => doors[index % 2]?.(gateway.url, ticks));
    const following = streams.map((stream) => follow(stream as OpenSubscription));
    const reloaded = async (outcome: string): Promise<number> => {
      const { samples } = readPrometheusText(await gateway.metrics());
      const found = samples.find(
        ({ name, labels }) => name === "onefold_gateway_reloads_total" && labels["outcome"] === outcome,
      );
      return found?.value ?? 0;
    };
    const before = await reloaded("served");
    const load = startLoad(scaled(60, 300), askRight);
    for (let swap = 0; swap < swaps; swap++) {
      await offer(100 + swap);
      await untilVersion(gateway.url, 100 + swap);
    }
    await load.stop();
    expect(load.failures.slice(0, 3)).toEqual([]);
    expect(load.answered).toBe(load.sent);
    expect(await reloaded("served")).toBe(before + swaps);
    for (const { numbers, fault } of await Promise.all(following.map((each) => each.stop()))) {
      expect(fault).toBeNull();
      expect(numbers.length).toBeGreaterThan(1);
      expect(numbers).toEqual(numbers.map((_, index) => index));
    }
    const of = { fault: 20, name: "Another supergraph under load", rounds: swaps, events: load.sent, recoveredMs: 0 };
    writeFaultResult({
      ...result,
      ...of,
      proof: `${swaps} supergraphs served one after the other; ${streams.length} subscriptions went on`,
    });
  }, 60_000);

  it("serves on while its supergraph is torn, and the next one that is whole", async () => {
    const text = composeSmall([people, posts], 300);
    const faults: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      ["torn", () => writeFile(path, text.slice(0, Math.floor(text.length / 2))), /Syntax Error|Unknown type/],
      ["empty", () => writeFile(path, ""), /it is empty/],
      ["garbage", () => writeFile(path, Buffer.from([0x80, 0xff, 0x00, 0x13])), /not UTF-8/],
      ["deleted", () => rm(path), /ENOENT/],
      ["unreadable", () => rm(path).then(() => symlink(path, path)), /ELOOP/],
      ["of one subgraph", () => writeFile(path, smallSdl.posts), /SDL of one subgraph/],
    ];
    const load = startLoad(scaled(30, 200), askRight);
    let recoveredMs = 0;
    let version = 300;
    for (const [, tear, reason] of faults) {
      await tear();
      const { code, warnings } = await gateway.untilHealth(({ warnings }) => reason.test(warnings[0] ?? ""));
      expect([code, warnings]).toEqual([200, [expect.stringMatching(reason)]]);
      expect(gateway.log()).toMatch(reason);
      const since = performance.now();
      await rm(path, { force: true });
      await offer(++version);
      await untilVersion(gateway.url, version);
      recoveredMs = Math.max(recoveredMs, Math.round(performance.now() - since));
      expect((await gateway.health()).warnings).toEqual([]);
    }
    await load.stop();
    expect(load.failures.slice(0, 3)).toEqual([]);
    const { value } = readPrometheusText(await gateway.metrics());
    expect(value("onefold_gateway_reloads_total", { outcome: "refused" })).toBeGreaterThanOrEqual(faults.length);
    const of = { fault: 21, name: "A torn supergraph", rounds: faults.length, events: load.sent, recoveredMs };
    writeFaultResult({ ...result, ...of, proof: faults.map(([name]) => name).join(", ") });
  }, 60_000);
});

/** Reads a subscription all the time, and keeps the numbers of its messages. */
function follow(stream: OpenSubscription) {
  const numbers: number[] = [];
  let fault: string | null = null;
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      const message = await stream.next();
      if (message.errors !== undefined) fault = JSON.stringify(message.errors);
      numbers.push((message.data as { ticks: { n: number } }).ticks.n);
    }
  })().catch((error: unknown) => (fault = String(error)));
  return {
    async stop() {
      isOver = true;
      await reading;
      await stream[Symbol.asyncDispose]();
      return { numbers, fault };
    },
  };
}
