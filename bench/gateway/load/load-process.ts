/** A process that sends one query over some connections for some seconds, and tells its parent what came back. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { percentiles } from "../../distributed/histogram.ts";
import { writeRequest, type RequestText } from "../shop/shop-queries.ts";
import { openConnection, type HttpAnswer } from "./http-connection.ts";

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly what: OneRequest | readonly ListedRequest[];
  readonly seconds: number;
  readonly connections: number;
  /** Sent when they are due, however long answers take; latencies count from then. Absent: as fast as answers come. */
  readonly ratePerSecond?: number;
}

export interface OneRequest {
  readonly request: RequestText;
  /** The number that the first request with a hole carries. */
  readonly firstNumber: number;
  /** The JSON text that every answer must equal, however it is written. */
  readonly expected: string;
}

/** Requests that are sent in turn, each with an answer of its own. */
export interface ListedRequest {
  readonly body: string;
  /** As in {@link OneRequest}. */
  readonly expected: string;
}

/** Latencies in milliseconds. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not the expected one, or not 200, and requests without an answer. */
  readonly wrong: number;
  readonly bytes: number;
  /** Of this process, s. */
  readonly cpuSeconds: number;
}

/** One answer in so many is parsed and compared; of the others status and length. */
const COMPARED_ONE_IN = 500;

const [order] = (await once(process, "message")) as [LoadOrder];
process.send?.(await run(order));
process.disconnect();

async function run({ port, path, what, seconds, connections, ratePerSecond }: LoadOrder): Promise<LoadReport> {
  const latencies: number[] = [];
  const source = "request" in what ? repeated(what) : listed(what);
  let next = source.firstNumber;
  let wrong = 0;
  const lengths = new Map<number, number>();
  const isRight = (number: number, { status, bytes, text }: HttpAnswer): boolean => {
    const place = source.placeOf(number);
    const length = lengths.get(place) ?? bytes;
    lengths.set(place, length);
    if (status !== 200 || bytes !== length) return false;
    return text === undefined || isDeepStrictEqual(JSON.parse(text), JSON.parse(source.expected(place)));
  };
  const start = performance.now();
  const end = start + seconds * 1000;

  const dueAt = (number: number): number =>
    ratePerSecond === undefined ? performance.now() : start + ((number - source.firstNumber) * 1000) / ratePerSecond;

  async function sendInTurn(): Promise<void> {
    let connection = openConnection(port, path);
    for (;;) {
      const number = next++;
      const due = dueAt(number);
      if (due >= end) break;
      if (due > performance.now()) await sleep(due - performance.now());
      try {
        const answer = await connection.post(source.body(number), number % COMPARED_ONE_IN === 0);
        if (!isRight(number, answer)) wrong += 1;
      } catch {
        wrong += 1;
        connection.close();
        connection = openConnection(port, path);
      }
      latencies.push(performance.now() - due);
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: connections }, sendInTurn));
  const { count, p50, p99 } = percentiles(latencies);
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  return {
    requests: count,
    seconds: (performance.now() - start) / 1000,
    p50,
    p99,
    wrong,
    bytes: lengths.values().next().value ?? 0,
    cpuSeconds,
  };
}

/** What is sent with each number, and which answers are alike. */
interface RequestSource {
  readonly firstNumber: number;
  body(number: number): string;
  placeOf(number: number): number;
  expected(place: number): string;
}

function repeated({ request, firstNumber, expected }: OneRequest): RequestSource {
  return { firstNumber, body: (number) => writeRequest(request, number), placeOf: () => 0, expected: () => expected };
}

function listed(list: readonly ListedRequest[]): RequestSource {
  const placeOf = (number: number): number => number % list.length;
  return {
    firstNumber: 0,
    placeOf,
    body: (number) => list[placeOf(number)]?.body ?? "",
    expected: (place) => list[place]?.expected ?? "",
  };
}
