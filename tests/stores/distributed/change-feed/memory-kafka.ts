/** Kafka in memory, as far as the change feed uses it: partitions of records, an index of time, and counts of what was asked. */
import { OnefoldError } from "../../../../schema/errors.ts";
import type {
  KafkaAppend,
  KafkaChunk,
  KafkaConnection,
  KafkaRange,
  KafkaReadOptions,
  KafkaRecord,
} from "../../../../stores/distributed/kafka/kafka-connection.ts";

interface Partition {
  start: number;
  readonly records: KafkaRecord[];
}

/** Records of all its connections. */
export class MemoryKafka implements KafkaConnection {
  readonly #topics = new Map<string, Partition[]>();
  readonly counts = { produce: 0, read: 0, ranges: 0, offsetAtTimestamp: 0 };
  /** Called before each request; a throw is its answer. */
  before: (request: keyof MemoryKafka["counts"]) => Promise<void> | void = () => {};

  async createTopic(topic: string, { partitions }: { readonly partitions: number }): Promise<number> {
    const found = this.#topics.get(topic) ?? Array.from({ length: partitions }, () => ({ start: 0, records: [] }));
    this.#topics.set(topic, found);
    return found.length;
  }

  async produce(topic: string, appends: readonly KafkaAppend[]): Promise<readonly number[]> {
    await this.#request("produce");
    return appends.map(({ partition, ...record }) => {
      const { records } = this.#partition(topic, partition);
      records.push({ ...record, value: Buffer.from(record.value), offset: records.length });
      return records.length - 1;
    });
  }

  async read(topic: string, number: number, from: number, options: KafkaReadOptions): Promise<KafkaChunk> {
    await this.#request("read");
    const { start, records } = this.#partition(topic, number);
    if (from < start) throw new OnefoldError("LOG_GAP", `${topic}/${number} begins at ${start}.`);
    const found: KafkaRecord[] = [];
    let bytes = 0;
    for (const record of records.slice(from)) {
      if (found.length >= options.maxRecords || bytes > (options.maxBytes ?? 8 << 20)) break;
      found.push(record);
      bytes += record.value.length;
    }
    return { records: found, next: from + found.length };
  }

  async ranges(topic: string): Promise<readonly KafkaRange[]> {
    await this.#request("ranges");
    const partitions = this.#topics.get(topic) ?? [];
    return partitions.map(({ start, records }, partition) => ({ partition, start, end: records.length }));
  }

  async offsetAtTimestamp(topic: string, number: number, timestamp: number): Promise<number> {
    await this.#request("offsetAtTimestamp");
    const { start, records } = this.#partition(topic, number);
    const found = records.findIndex((record) => record.offset >= start && record.timestamp >= timestamp);
    return found === -1 ? records.length : found;
  }

  async trim(topic: string, number: number, before: number): Promise<void> {
    const partition = this.#partition(topic, number);
    partition.start = Math.max(partition.start, Math.min(before, partition.records.length));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #request(name: keyof MemoryKafka["counts"]): Promise<void> {
    this.counts[name]++;
    // As over a network: never at once.
    await new Promise(setImmediate);
    await this.before(name);
  }

  #partition(topic: string, number: number): Partition {
    const partition = this.#topics.get(topic)?.[number];
    if (partition === undefined) throw new Error(`the fake has no partition ${topic}/${number}`);
    return partition;
  }
}
