/** Payments on their way into a distributed deployment while a test lets something fail; at the end, everything compared. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultResult } from "../report/results.ts";
import { writeFaultResult } from "../report/results.ts";
import type { DistributedDeployment } from "./distributed-deployment.ts";
import { countUnread, until } from "./distributed-positions.ts";
import { faultSeed, randomOf } from "./fault-scale.ts";
import { cutBatches, foldPayments, makePayments, paymentText, type LedgerTruth } from "./ledger-events.ts";
import type { OnefoldProcess } from "./onefold-process.ts";
import { startProducer } from "./producer.ts";
import { recover } from "./recover.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

/** Disposal ends what is still to be sent. */
export interface Load extends Disposable {
  readonly truth: LedgerTruth;
  /** Batches that are acknowledged. */
  readonly sent: number;
  /** How often the fault fell on input that was not yet applied. */
  readonly unreadRounds: number;
  /** Lets the batches up to this part (0 to 1) of all go out, one after the other. */
  allow(part: number): void;
  /** Resolves when the batches up to this part are acknowledged. */
  untilSent(part: number): Promise<void>;
  /** Lets something fail; notes whether records that were in the log before are not included after. */
  strike(fail: () => Promise<void> | void): Promise<void>;
  /** As {@link strike}, while a batch is held before its store by the proxy: it is read, and not applied. */
  strikeInFlight(proxy: TcpProxy, fail: () => Promise<void> | void): Promise<void>;
  /** From now on, what was struck counts as being on its way back: the longest such time is reported. */
  timeRecovery(recovery: () => Promise<void>): Promise<void>;
  /** Sends the rest, waits until all is answered, and gives what differs. @default asks the gateway it began with */
  settle(by?: OnefoldProcess): Promise<readonly string[]>;
  /** Keeps the result for the report. Call it when nothing differs. */
  report(of: Pick<FaultResult, "fault" | "name" | "rounds" | "proof">): void;
}

export interface LoadOptions {
  readonly name: string;
  readonly events: number;
  /** Events of one batch at most. @default 40 */
  readonly batch?: number;
  /** Of batches that are sent twice. @default 0.1 */
  readonly repeated?: number;
}

/** What only a batch sends: the ids or members of its events to Redis, its events' rows to ClickHouse. */
export const batchInFlight = /:segments:|members:|INSERT\+INTO\+(%60)?g\d+_/;

export function startLoad(deployment: DistributedDeployment, gateway: OnefoldProcess, options: LoadOptions): Load {
  const { name, events, batch = 40, repeated = 0.1 } = options;
  const random = randomOf(name);
  const payments = makePayments({ seed: faultSeed, events });
  const truth = foldPayments(payments);
  const batches = cutBatches(payments.map(paymentText), random, batch).flatMap((texts) => {
    return random.chance(repeated) ? [texts, texts] : [texts];
  });
  let limit = 0;
  let ended = false;
  const gated: DistributedDeployment = {
    ...deployment,
    async produce(through, texts) {
      while (producer.sent >= limit && !ended) await sleep(5);
      if (ended) throw new Error("The load has ended.");
      await deployment.produce(through, texts);
    },
  };
  const producer = startProducer(gated, batches, gateway);
  const { positions } = deployment;
  let unreadRounds = 0;
  let recoveredMs = 0;
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    recoveredMs = Math.max(recoveredMs, Math.round(performance.now() - started));
    return result;
  };
  const allow = (part: number): void => void (limit = Math.max(limit, Math.ceil(part * batches.length)));
  return {
    truth,
    get sent() {
      return producer.sent;
    },
    get unreadRounds() {
      return unreadRounds;
    },
    allow,
    async untilSent(part) {
      allow(part);
      await until("The batches are sent", () => producer.sent >= Math.ceil(part * batches.length));
    },
    async strike(fail) {
      const ends = await positions.ends();
      await fail();
      if (countUnread(ends, await positions.reached()) > 0) unreadRounds++;
    },
    async strikeInFlight(proxy, fail) {
      proxy.hold();
      await until("A batch is on its way", () => proxy.holds(batchInFlight));
      unreadRounds++;
      try {
        await fail();
      } finally {
        proxy.release();
      }
    },
    timeRecovery: timed,
    async settle(by = gateway) {
      allow(1);
      await producer.done;
      const { differences } = await timed(() => recover(by.url, truth));
      const { rows, ids } = await positions.rows();
      const raw = rows === events && ids === events ? [] : [`DWD has ${String(rows)} rows of ${String(ids)} ids`];
      const dead = await positions.deadLetters();
      return [...differences, ...raw, ...(dead === 0 ? [] : [`${String(dead)} good events are in the quarantine`])];
    },
    report(of) {
      writeFaultResult({ ...of, profile: "distributed", seed: faultSeed, events, recoveredMs, differences: 0 });
    },
    [Symbol.dispose]() {
      ended = true;
      producer.end();
    },
  };
}
