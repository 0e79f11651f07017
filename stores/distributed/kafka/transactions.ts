/** The transactions of one producer name, one after the other. */
import { Kafka, type RecordMetadata, type Transaction } from "kafkajs";
import { kafkaClientConfig, type Lifeline } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import { topicMessages, type OutgoingBatch } from "./message-batch.ts";
import { explicitPartitioner } from "./plain-producer.ts";

export interface Transactions {
  /** Sends within the current transaction. */
  send(batches: readonly OutgoingBatch[]): Promise<readonly RecordMetadata[]>;
  /** Ends the current transaction; when it throws without being fenced, the outcome is unknown. */
  commit(): Promise<void>;
  /** Sends nothing more; an open transaction is left to who opens this name next, or to its timeout. */
  close(): Promise<void>;
}

/** The broker aborts what is open for longer: what a dead producer left holds back readers up to here. */
const transactionTimeoutMs = 15_000;

/** Takes over the name: the transactions of whoever had it are ended, and what they still send is refused. */
export async function openTransactions(
  options: KafkaOptions,
  transactionalId: string,
  lifeline: Lifeline,
): Promise<Transactions> {
  const producer = new Kafka(kafkaClientConfig(options, lifeline)).producer({
    transactionalId,
    transactionTimeout: transactionTimeoutMs,
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: explicitPartitioner(lifeline),
  });
  const close = async (): Promise<void> => {
    lifeline.ended = true;
    // An orderly end waits for answers, which a frozen broker does not give.
    void producer.disconnect().catch(() => {});
  };
  let current: Transaction | null;
  try {
    await producer.connect();
    current = await producer.transaction();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    send: async (batches) => {
      current ??= await producer.transaction();
      return await current.sendBatch({ acks: -1, topicMessages: topicMessages(batches) });
    },
    commit: async () => {
      await current?.commit();
      current = null;
    },
    close,
  };
}
