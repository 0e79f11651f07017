/** Named states, each replaced together with an append of its producer: a compacted topic, written in transactions. */
import type { KafkaOptions } from "./kafka-connection.ts";
import type { LogReader } from "./log-reader.ts";
import { StatefulProducer, type StatefulAppend, type StatefulResult } from "./stateful-producer.ts";
import { StateTable, type StoredState } from "./state-table.ts";
import type { TopicAdmin } from "./topic-admin.ts";

export interface ProducerTableDeps {
  readonly options: KafkaOptions;
  readonly reader: LogReader;
  readonly admin: TopicAdmin;
}

/** Each open one holds a connection or two. */
const maxOpenProducers = 16;

export class ProducerTable {
  readonly #deps: ProducerTableDeps;
  readonly #topic: string;
  readonly #table: StateTable;
  /** The least recently used first. */
  readonly #producers = new Map<string, StatefulProducer>();
  #created: Promise<unknown> | null = null;

  /** `topic`, a name of the cluster, is created if it is absent. */
  constructor(deps: ProducerTableDeps, topic: string) {
    this.#deps = deps;
    this.#topic = topic;
    this.#table = new StateTable(deps.options, topic);
  }

  /** All that was committed before is seen. */
  async read(name: string): Promise<StoredState | null> {
    await this.#catchUp();
    return this.#table.get(name) ?? null;
  }

  /** In name order. All that was committed before is seen. */
  async list(prefix: string): Promise<readonly (readonly [string, StoredState])[]> {
    await this.#catchUp();
    const found = this.#table.entries().filter(([name]) => name.startsWith(prefix));
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** See {@link StatefulProducer.append}. */
  async append(name: string, append: StatefulAppend): Promise<StatefulResult> {
    await this.#create();
    return await this.#producer(name).append(append);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#producers.values()].map((producer) => producer.close()));
    await this.#table.close();
  }

  async #catchUp(): Promise<void> {
    await this.#create();
    await this.#table.catchUp();
  }

  async #create(): Promise<void> {
    this.#created ??= this.#deps.admin.createTopic(this.#topic, { partitions: 1, compact: true });
    try {
      await this.#created;
    } catch (error) {
      this.#created = null;
      throw error;
    }
  }

  #producer(name: string): StatefulProducer {
    const { options, reader } = this.#deps;
    const known = this.#producers.get(name);
    const producer =
      known ?? new StatefulProducer({ options, reader, table: this.#table, tableTopic: this.#topic }, name);
    this.#producers.delete(name);
    this.#producers.set(name, producer);
    if (this.#producers.size > maxOpenProducers) this.#closeIdle();
    return producer;
  }

  #closeIdle(): void {
    for (const [name, producer] of this.#producers) {
      if (this.#producers.size <= maxOpenProducers) return;
      if (!producer.isIdle) continue;
      this.#producers.delete(name);
      void producer.close();
    }
  }
}
