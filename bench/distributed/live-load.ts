/** Open-loop load: user-behaviour events into Kafka at a fixed rate, whether anything keeps up or not. */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel, type Message } from "kafkajs";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";

export interface LiveLoadOptions {
  readonly kafka: KafkaOptions;
  readonly topic: string;
  readonly ratePerSecond: number;
  readonly users: number;
  readonly items: number;
  /** Told of each event when it is due, before it is handed to the producer. */
  readonly onEvent: (event: LoadedEvent) => void;
}

export interface LoadedEvent {
  readonly id: string;
  readonly user: string;
  readonly item: string;
  /** When it was due, by `performance.now()`: a latency that counts from here includes a producer that is late. */
  readonly dueAt: number;
}

/** How often the producer sends what is due. */
const TICK_MS = 5;

export interface LiveLoad {
  /** Runs until the signal aborts; resolves with how many events were acknowledged by Kafka. */
  run(signal: AbortSignal): Promise<number>;
}

/** Users take turns in an order that mixes them, so that each has the same share of the events. */
export function createLiveLoad(options: LiveLoadOptions): LiveLoad {
  const { kafka, topic, ratePerSecond, users, items, onEvent } = options;
  const client = new Kafka({ clientId: "bench", brokers: [...kafka.brokers], logLevel: logLevel.ERROR });
  const name = `${kafka.namespace ?? ""}${topic}`;
  let number = 0;
  const next = (dueAt: number): Message => {
    const user = `user${String((number * 7919) % users)}`;
    const item = `item${String((number * 104_729) % items)}`;
    const id = `live-${String(number++)}`;
    onEvent({ id, user, item, dueAt });
    const unix_seconds = Math.floor(Date.now() / 1000);
    return {
      key: user,
      value: JSON.stringify({ event_id: id, user_id: user, item_id: item, behavior: "pv", unix_seconds }),
    };
  };
  return {
    async run(signal) {
      const producer = client.producer({ maxInFlightRequests: 5 });
      await producer.connect();
      const pending = new Set<Promise<unknown>>();
      const start = performance.now();
      let sent = 0;
      while (!signal.aborted) {
        const due = Math.floor(((performance.now() - start) * ratePerSecond) / 1000);
        const messages: Message[] = [];
        for (; sent < due; sent++) messages.push(next(start + (sent * 1000) / ratePerSecond));
        if (messages.length > 0) {
          const sending = producer.send({ topic: name, messages, acks: -1 }).finally(() => pending.delete(sending));
          pending.add(sending);
        }
        await sleep(TICK_MS);
      }
      await Promise.all(pending);
      await producer.disconnect();
      return sent;
    },
  };
}
