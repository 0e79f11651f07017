/** The generator: the same seed gives the same bytes; what it writes is believable, and fits the declarations. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { DueQueue } from "../../../ingest/generator/due-queue.ts";
import {
  createGenerator,
  createGenericGenerator,
  generateFiles,
  scriptedSources,
  type GeneratedRecord,
  type GeneratorOptions,
} from "../../../ingest/generator/index.ts";
import { isRejection } from "../../../ingest/standardize/rejection.ts";
import { createStandardizer, type Standardizer } from "../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { compileDomains } from "../../../schema/compiler/compile-domains.ts";
import type { StandardEvent, Rejection } from "../../../schema/model/event.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { samplePlatform } from "../sources/sample-platform.ts";

const startMs = Date.UTC(2026, 0, 15);
const clean = { late: 0, duplicated: 0, corrupt: 0 };

let platform: PlatformModel;
let standardizer: Standardizer;
let options: GeneratorOptions;
beforeAll(async () => {
  platform = await samplePlatform();
  standardizer = createStandardizer(platform, { hash: await createTextHash() });
  options = { seed: 7, startMs, sources: scriptedSources(platform) };
});

function standardize({ source, raw, sentAt }: GeneratedRecord, by = standardizer): StandardEvent | Rejection {
  const origin = { format: "json", producer: "generator" } as const;
  const record = { offset: 0, time: sentAt, sequence: null, value: Buffer.from(raw), origin };
  return by.standardize(`events.${source}`, 0, record);
}

type Raw = Readonly<Record<string, unknown>>;
const parsed = (records: readonly GeneratedRecord[], source: string): readonly Raw[] =>
  records.filter((record) => record.source === source).map(({ raw }) => JSON.parse(raw) as Raw);

describe("the generator", () => {
  it("gives the same bytes for the same seed, start and count, in whatever portions", () => {
    const [one, two] = [createGenerator(options), createGenerator(options)];
    expect(one.next(3_000)).toEqual([...two.next(1), ...two.next(1_999), ...two.next(1_000)]);
    expect([...one.catalogue()]).toEqual([...two.catalogue()]);
    expect(one.truth()).toEqual(two.truth());
    expect(createGenerator({ ...options, seed: 8 }).next(10)).not.toEqual(createGenerator(options).next(10));
  });

  it("gives other traffic, with other ids, in another run of the same world", () => {
    const ids = (run: number): readonly unknown[] => {
      const generator = createGenerator({ ...options, run, flaws: clean });
      return generator.next(2_000).map(({ raw }) => Object.values(JSON.parse(raw) as Raw)[0]);
    };
    const all = [...ids(1), ...ids(2)];
    expect(new Set(all).size).toBe(all.length);
  });

  it("writes what the declarations accept, in every source", () => {
    const generator = createGenerator({ ...options, flaws: clean });
    const records = [...[...generator.catalogue().values()].flat(), ...generator.next(20_000)];
    expect(records.map((record) => standardize(record)).filter(isRejection)).toEqual([]);
    expect(new Set(records.map(({ source }) => source))).toEqual(new Set(platform.sources.map(({ name }) => name)));
  });

  it("keeps the shares of what people do", () => {
    const generator = createGenerator({ ...options, flaws: clean });
    const acts = parsed(generator.next(50_000), "user-behavior");
    const share = (behavior: string): number => acts.filter((act) => act.behavior === behavior).length / acts.length;
    expect(share("pv")).toBeCloseTo(0.892, 2);
    expect(share("cart")).toBeCloseTo(0.055, 2);
    expect(share("fav")).toBeCloseTo(0.031, 2);
    expect(share("buy")).toBeCloseTo(0.022, 2);
    expect(acts.length / 50_000).toBeCloseTo(0.8, 1);
  });

  it("lets the items' popularity follow Zipf's law", () => {
    const generator = createGenerator({ ...options, flaws: clean });
    const counts = new Map<unknown, number>();
    for (const { item_id } of parsed(generator.next(50_000), "user-behavior"))
      counts.set(item_id, (counts.get(item_id) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const [first = 0, second = 0, , , , , , , , tenth = 0] = sorted;
    expect(first / second).toBeGreaterThan(1.7);
    expect(first / second).toBeLessThan(2.3);
    expect(first / tenth).toBeGreaterThan(8);
    expect(first / tenth).toBeLessThan(12);
    expect(counts.get("i1000")).toBe(first);
    expect(sorted.length).toBeGreaterThan(1_400);
  });

  it("lets orders follow purchases, and payments follow orders", () => {
    const records = createGenerator({ ...options, flaws: clean }).next(50_000);
    const bought = new Set(
      parsed(records, "user-behavior")
        .filter((act) => act.behavior === "buy")
        .map((act) => `${String(act.user_id)} ${String(act.item_id)}`),
    );
    const orders = parsed(records, "orders");
    const payments = parsed(records, "payments");
    const amounts = new Map(orders.map((order) => [order.order_id, order.amount]));
    expect(orders.length).toBeGreaterThan(500);
    expect(payments.length / orders.length).toBeGreaterThan(0.9);
    expect(orders.filter((order) => !bought.has(`${String(order.member_id)} ${String(order.item_id)}`))).toEqual([]);
    expect(payments.filter((payment) => payment.amount !== amounts.get(payment.order_id))).toEqual([]);
  });

  it("sends in the order of time, busier in the evening than at night", () => {
    const generator = createGenerator({ ...options, ratePerSecond: 1, flaws: clean });
    const records = generator.until(startMs + 86_400_000, 1e6);
    const times = records.map(({ sentAt }) => sentAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(records.length / 86_400).toBeCloseTo(1, 1);
    const inHour = (hour: number): number => times.filter((time) => new Date(time).getUTCHours() === hour).length;
    expect(inHour(20) / inHour(3)).toBeGreaterThan(4);
  });

  it("plants people with several accounts and shared devices, and tells the truth about them", () => {
    const generator = createGenerator(options);
    const records = [...[...generator.catalogue().values()].flat(), ...generator.next(20_000)];
    const { people } = generator.truth();
    const owners = new Map<string, Set<number>>();
    for (const { number, members, devices } of people) {
      for (const name of [...members, ...devices]) owners.set(name, (owners.get(name) ?? new Set()).add(number));
    }
    expect(people.filter(({ members }) => members.length > 1).length).toBeGreaterThan(100);
    expect([...owners].filter(([name, numbers]) => name.startsWith("d-") && numbers.size > 1).length).toBeGreaterThan(
      50,
    );
    expect([...owners].filter(([name, numbers]) => !name.startsWith("d-") && numbers.size > 1)).toEqual([]);
    const acts = records.filter((record) => record.source === "user-behavior" && !isRejection(standardize(record)));
    const strangers = acts.filter(({ raw }) => {
      const { user_id, device_id } = JSON.parse(raw) as { user_id: string; device_id?: string };
      const person = [...(owners.get(user_id) ?? [])][0] ?? -1;
      return device_id !== undefined && owners.get(device_id)?.has(person) !== true;
    });
    expect(strangers).toEqual([]);
  });

  it("plants late, duplicated and corrupt events in their shares, and counts them", () => {
    const generator = createGenerator(options);
    const records = generator.next(50_000);
    const { late, duplicated, corrupt } = generator.truth().flaws;
    expect(late / 500).toBeCloseTo(1, 0);
    expect(duplicated / 250).toBeCloseTo(1, 0);
    expect(corrupt / 50).toBeCloseTo(1, 0);
    const events = records.map((record) => standardize(record));
    const rejected = events.filter(isRejection);
    expect(rejected).toHaveLength(corrupt);
    const rules = new Set(rejected.map(({ rule }) => rule.replace(/^.*:/, "")));
    expect([...rules].sort()).toEqual(["future", "json", "missing", "type"]);
    const accepted = events.filter((event): event is StandardEvent => !isRejection(event));
    const ids = accepted.map(({ model, id }) => `${model.name} ${id}`);
    expect(ids.length - new Set(ids).size).toBe(duplicated);
  });

  it("writes for a chosen source alone, at the rate asked for", () => {
    const generator = createGenerator({ ...options, sources: ["orders"], ratePerSecond: 2, rhythm: 0 });
    const records = generator.until(startMs + 600_000, 1e6);
    expect(new Set(records.map(({ source }) => source))).toEqual(new Set(["orders"]));
    expect(records.length).toBeGreaterThan(900);
    expect(records.length).toBeLessThan(1_500);
  });

  it("has nothing to write where none of its sources is declared", () => {
    const nothing = { ...platform, events: platform.events.map((event) => ({ ...event, name: `My${event.name}` })) };
    expect(scriptedSources(nothing)).toEqual([]);
    expect(createGenerator({ ...options, sources: [] }).next(10)).toEqual([]);
  });

  it("writes files, one a source", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onefold-generate-"));
    try {
      const { files } = await generateFiles(folder, 5_000, options);
      expect(Object.keys(files).sort()).toEqual(platform.sources.map(({ name }) => name).sort());
      const total = Object.values(files).reduce((sum, { records }) => sum + records, 0);
      const catalogue = [...createGenerator(options).catalogue().values()].flat().length;
      expect(total).toBe(catalogue + 5_000);
      for (const { path, records } of Object.values(files)) {
        expect((await readFile(path, "utf8")).split("\n")).toHaveLength(records + 1);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("records without a script", () => {
  const sdl = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      @domain(name: "fleet", owner: "fleet@example.com") @source(name: "readings")
    enum Grade { GOOD BAD }
    type Reading @event(source: "readings", id: "readingId", key: "sensorId", time: "at", match: [{ path: "kind", equals: "reading" }]) {
      readingId: ID! @from(path: "meta.id")
      sensorId: ID! @assert(matches: "^[A-Z]{3}-[0-9]{4}$") @identifies(entity: "Sensor", as: "sensor")
      kind: String!
      celsius: Float! @assert(min: -20, max: 60)
      price: Decimal! @decimal(scale: 3) @assert(min: "1.500")
      count: Int @assert(min: 5, max: 9)
      grade: Grade! @from(map: [{ from: "ok", to: "GOOD" }])
      mail: String @assert(matches: "^[^@]+@[^@]+$")
      on: Boolean!
      tag: String! @assert(oneOf: ["x", "y"])
      at: DateTime! @from(path: "meta.at", unit: MILLISECONDS)
    }
    type Sensor @key(fields: "id") @entity(identifiers: [{ type: "sensor", strong: true }]) {
      id: ID!
      readings: Count! @count(of: "Reading")
    }`;

  it("fit their declaration", async () => {
    const result = compileDomains([{ file: "fleet.graphql", text: sdl }]);
    if (result.kind === "invalid") throw new Error(JSON.stringify(result.diagnostics));
    const by = createStandardizer(result.platform, { hash: await createTextHash() });
    const pace = { seed: 1, run: 1, startMs, ratePerSecond: 10, rhythm: 0 };
    const records = createGenericGenerator(result.platform, "readings", pace).next(500);
    expect(records.map((record) => standardize(record, by)).filter(isRejection)).toEqual([]);
    expect(records).toEqual(createGenericGenerator(result.platform, "readings", pace).next(500));
    expect(records.at(-1)?.sentAt).toBeGreaterThan(startMs + 40_000);
  });

  it("fit the sample declarations, too", () => {
    for (const { name } of platform.sources) {
      const records = createGenericGenerator(platform, name, {
        seed: 1,
        run: 1,
        startMs,
        ratePerSecond: 10,
        rhythm: 0,
      }).next(100);
      expect(records.map((record) => standardize(record)).filter(isRejection)).toEqual([]);
    }
  });
});

describe("a queue of what is due", () => {
  it("gives the earliest first, and of one time in order", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(9), { freq: 3 })), (steps) => {
        const queue = new DueQueue<readonly [number, number]>();
        let model: (readonly [number, number])[] = [];
        steps.forEach((time, i) => {
          if (time === null) {
            const [least] = model;
            expect(queue.nextTime).toBe(least?.[0] ?? Infinity);
            expect(queue.take()).toEqual(least);
            model = model.slice(1);
          } else {
            queue.add(time, [time, i]);
            model = [...model, [time, i] as const].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          }
        });
      }),
    );
  });
});
