/** Answers to fetches are decoded as the client decodes them, which is asked about the same bytes. */
import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { FetchedBatch, FetchedRecord } from "../../../../stores/distributed/kafka/committed-records.ts";
import { decodeAnswer, decodeFetches } from "../../../../stores/distributed/kafka/fetch-answers.ts";

interface Encoder {
  readonly buffer: Buffer;
}
interface BatchFields {
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly lastOffsetDelta: number;
  readonly producerId: number;
  readonly transactional: boolean;
  readonly compression: number;
  readonly records: readonly Encoder[];
}

const client = createRequire(import.meta.url);
const inside = "kafkajs/src/protocol";
const { RecordBatch } = client(`${inside}/recordBatch/v0`) as {
  RecordBatch: (fields: BatchFields) => Promise<Encoder>;
};
const encodeRecord = client(`${inside}/recordBatch/record/v0`) as (fields: object) => Encoder;
const { decode } = client(`${inside}/requests/fetch/v11/response`) as { decode: (payload: Buffer) => Promise<Answer> };

interface Answer {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly PartitionAnswer[] }[];
}
interface PartitionAnswer {
  readonly partition: number;
  readonly messages: readonly FetchedRecord[] | readonly FetchedBatch[];
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
/** The client mistakes what every object inherits (`valueOf`, `__proto__`) for headers that were there before. */
const headerName = fc.string({ maxLength: 9 }).filter((name) => !(name in {}));
const record = fc.record({
  offsetDelta: fc.nat(100_000),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(headerName, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 }))),
});
const batch = fc.record({
  firstOffset: fc.nat(2 ** 31 - 1).map((offset) => offset * 1024),
  firstTimestamp: fc.nat(2 ** 31 - 1).map((time) => time * 1000),
  producerId: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  transactional: fc.boolean(),
  records: fc.array(record, { minLength: 1, maxLength: 5 }),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

async function encodeBatch(of: Batch, compression = 0): Promise<Buffer> {
  const records = of.records.map((fields) => encodeRecord(fields));
  const lastOffsetDelta = of.records.at(-1)?.offsetDelta ?? 0;
  const encoded = await RecordBatch({
    ...of,
    ...{ records, lastOffsetDelta, compression, maxTimestamp: of.firstTimestamp },
  });
  return encoded.buffer;
}

interface Partition {
  readonly partition: number;
  readonly errorCode: number;
  readonly aborted: readonly number[];
  readonly batches: Buffer;
}

function int(value: number, size: 2 | 4 | 8): Buffer {
  const into = Buffer.alloc(size);
  if (size === 8) into.writeBigInt64BE(BigInt(value));
  else into.writeIntBE(value, 0, size);
  return into;
}

function answerOf(topic: string, partitions: readonly Partition[]): Buffer {
  const each = partitions.flatMap(({ partition, errorCode, aborted, batches }) => [
    ...[int(partition, 4), int(errorCode, 2), int(7_000_000_000, 8), int(6_000_000_000, 8), int(1, 8)],
    ...[int(aborted.length, 4), ...aborted.flatMap((producer) => [int(producer, 8), int(producer * 3, 8)])],
    ...[int(-1, 4), int(batches.length, 4), batches],
  ]);
  const name = Buffer.from(topic);
  const head = [int(5, 4), int(0, 2), int(9, 4), int(1, 4), int(name.length, 2), name, int(partitions.length, 4)];
  return Buffer.concat([...head, ...each]);
}

/** Numbers as the client's texts, and only what is declared. */
function plain(answer: Answer | null): unknown {
  return answer?.responses.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ messages, ...partition }) => ({
      ...partition,
      lastStartOffset: undefined,
      preferredReadReplica: undefined,
      messages: messages.flatMap(recordsOf).map(({ offset, timestamp, key, value, headers, batchContext }) => {
        const { firstOffset, lastOffsetDelta, inTransaction, isControlBatch, producerId } = batchContext;
        const context = {
          firstOffset: String(firstOffset),
          lastOffsetDelta,
          inTransaction,
          isControlBatch,
          producerId,
        };
        return { offset: String(offset), timestamp: String(timestamp), key, value, headers: { ...headers }, context };
      }),
    })),
  }));
}

/** Of a batch as it is decoded here, or a record as the client gives it. */
function recordsOf(message: FetchedRecord | FetchedBatch): readonly FetchedRecord[] {
  return Symbol.iterator in message ? [...message] : [message];
}

describe("answers to fetches", () => {
  it("are decoded as the client does, a batch cut off at the end included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 3 }), fc.nat(400), fc.string(), async (batches, cut, topic) => {
        const encoded = Buffer.concat(await Promise.all(batches.map((each) => encodeBatch(each))));
        // The client cannot read an answer that ends within the header of its first batch; brokers send that one whole.
        const kept = encoded.length - cut < 61 ? 0 : encoded.length - cut;
        const partitions = [
          { partition: 3, errorCode: 0, aborted: [], batches: encoded.subarray(0, kept) },
          { partition: 1, errorCode: 6, aborted: [4, 9], batches: encoded },
        ];
        const payload = answerOf(`t${topic}`, partitions);
        expect(plain(decodeAnswer(payload))).toEqual(plain(await decode(payload)));
      }),
    );
  });

  it("keep a header of any name", async () => {
    const headers = JSON.parse('{ "__proto__": "a", "valueOf": "b" }') as Record<string, string>;
    const records = [{ offsetDelta: 0, timestampDelta: 0, key: null, value: null, headers }];
    const batches = await encodeBatch({ firstOffset: 0, firstTimestamp: 0, producerId: -1, transactional: false, records: records as never }); // prettier-ignore
    const [found] = decodeAnswer(answerOf("t", [{ partition: 0, errorCode: 0, aborted: [], batches }]))?.responses[0]?.partitions[0]?.messages ?? []; // prettier-ignore
    const [read] = found === undefined ? [] : [...found];
    expect(Object.entries(read?.headers ?? {}).map(([name, value]) => [name, String(value)])).toEqual([
      ["__proto__", "a"],
      ["valueOf", "b"],
    ]);
  });

  it("with a compressed batch are left to the client", async () => {
    const [sample] = fc.sample(batch, 1);
    if (sample === undefined) throw new Error("no sample");
    const batches = Buffer.concat([await encodeBatch(sample), await encodeBatch(sample, 1)]);
    const payload = answerOf("t", [{ partition: 0, errorCode: 0, aborted: [], batches }]);
    expect(decodeAnswer(payload)).toBeNull();
    expect((await decode(payload)).responses[0]?.partitions[0]?.messages).toHaveLength(2 * sample.records.length);
  });

  it("are decoded here and checked by the client; other requests, and other versions, are none of ours", async () => {
    const sent: unknown[] = [];
    const response = { decode: () => Promise.resolve("the client's"), parse: (of: unknown) => Promise.resolve(of) };
    const pool = {
      send: async (of: { readonly response: typeof response }): Promise<void> => {
        sent.push(await of.response.parse(await (of.response.decode as (payload: Buffer) => Promise<string>)(payload)));
      },
    };
    const payload = answerOf("t", []);
    const broker = { connectionPool: pool };
    decodeFetches(broker);
    decodeFetches(broker);
    for (const [apiName, apiVersion] of [
      ["Fetch", 11],
      ["Fetch", 4],
      ["Produce", 11],
    ] as const) {
      await pool.send({ request: { apiName, apiVersion }, response } as never);
    }
    expect(sent).toEqual([decodeAnswer(payload), "the client's", "the client's"]);
  });
});
