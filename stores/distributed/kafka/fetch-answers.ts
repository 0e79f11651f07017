/** Decodes a broker's answers to fetches faster than the client does; whatever it does not know is left to the client. */
import type { AbortedTransaction, FetchedBatch } from "./committed-records.ts";
import { findBatches, readInt64 } from "./record-batches.ts";

/** The version of the protocol's request that is decoded here: what the client asks of every broker from Kafka 2.3 on. */
const fetchVersion = 11;

interface ProtocolRequest {
  readonly request: { readonly apiName: string; readonly apiVersion: number };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<unknown>;
    readonly parse: (decoded: unknown) => Promise<unknown>;
  };
}

/** What the client's broker sends all its requests by: not of its declared types. */
interface ConnectionPool {
  send(request: ProtocolRequest): Promise<unknown>;
}

const known = new WeakSet<object>();

/** From now on, fetches of this broker are decoded here. */
export function decodeFetches(broker: object): void {
  if (known.has(broker)) return;
  known.add(broker);
  const pool = (broker as { readonly connectionPool?: Partial<ConnectionPool> }).connectionPool;
  if (typeof pool?.send !== "function") return;
  const send: ConnectionPool["send"] = pool.send.bind(pool);
  pool.send = (sent) => {
    const { request, response } = sent;
    if (request.apiName !== "Fetch" || request.apiVersion !== fetchVersion) return send(sent);
    const decode = (payload: Buffer): Promise<unknown> => {
      const decoded = decodeAnswer(payload);
      return decoded === null ? response.decode(payload) : Promise.resolve(decoded);
    };
    return send({ ...sent, response: { decode, parse: response.parse } });
  };
}

interface FetchAnswer {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly PartitionAnswer[] }[];
}

interface PartitionAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** In place of the client's records. */
  readonly messages: readonly FetchedBatch[];
}

/**
 * In the client's form but for the records, which stay in their batches, from the bytes of an answer:
 *
 * ```text
 * throttle time (4), error (2), session (4), count of topics (4) | of each: name length (2), name, count of partitions (4)
 * of each partition: number (4), error (2), high watermark (8), last stable offset (8), start (8),
 *   count of aborted transactions (4) | each: producer (8), first offset (8); preferred replica (4), bytes (4), batches
 * ```
 *
 * Null where a batch is to be left to the client.
 */
export function decodeAnswer(payload: Buffer): FetchAnswer | null {
  let at = 14;
  const responses: { topicName: string; partitions: PartitionAnswer[] }[] = [];
  for (let topics = payload.readInt32BE(10); topics > 0; topics--) {
    const nameEnd = at + 2 + payload.readInt16BE(at);
    const topicName = payload.toString("utf8", at + 2, nameEnd);
    const partitions: PartitionAnswer[] = [];
    at = nameEnd + 4;
    for (let left = payload.readInt32BE(nameEnd); left > 0; left--) {
      const aborted = Math.max(0, payload.readInt32BE(at + 30));
      const sizeAt = at + 34 + aborted * 16 + 4;
      const end = sizeAt + 4 + Math.max(0, payload.readInt32BE(sizeAt));
      const messages = findBatches(payload, sizeAt + 4, end);
      if (messages === null) return null;
      partitions.push({
        partition: payload.readInt32BE(at),
        errorCode: payload.readInt16BE(at + 4),
        highWatermark: String(readInt64(payload, at + 6)),
        lastStableOffset: String(readInt64(payload, at + 14)),
        abortedTransactions: readAborted(payload, at + 34, aborted),
        messages,
      });
      at = end;
    }
    responses.push({ topicName, partitions });
  }
  // The client waits for as long as a broker asks it to.
  const clientSideThrottleTime = payload.readInt32BE(0);
  const [errorCode, sessionId] = [payload.readInt16BE(4), payload.readInt32BE(6)];
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function readAborted(payload: Buffer, from: number, count: number): readonly AbortedTransaction[] {
  return Array.from({ length: count }, (_, i) => ({
    producerId: String(payload.readBigInt64BE(from + i * 16)),
    firstOffset: String(readInt64(payload, from + i * 16 + 8)),
  }));
}
