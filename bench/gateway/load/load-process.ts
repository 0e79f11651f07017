/** A process that sends one query over some connections for some seconds, and tells its parent what came back. */
import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import { percentiles } from "../../distributed/histogram.ts";
import { writeRequest, type RequestText } from "../shop/shop-queries.ts";
import { openConnection, type HttpAnswer } from "./http-connection.ts";

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly request: RequestText;
  /** The number that the first request with a hole carries. */
  readonly firstNumber: number;
  readonly seconds: number;
  readonly connections: number;
  /** The JSON text that every answer must equal, however it is written. */
  readonly expected: string;
}

/** Latencies in milliseconds. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not the expected one, or not 200. */
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

async function run({
  port,
  path,
  request,
  firstNumber,
  seconds,
  connections,
  expected,
}: LoadOrder): Promise<LoadReport> {
  const value = JSON.parse(expected) as unknown;
  const latencies: number[] = [];
  let next = firstNumber;
  let wrong = 0;
  let length: number | undefined;
  const isRight = ({ status, bytes, text }: HttpAnswer): boolean => {
    length ??= bytes;
    if (status !== 200 || bytes !== length) return false;
    return text === undefined || isDeepStrictEqual(JSON.parse(text), value);
  };
  const start = performance.now();
  const end = start + seconds * 1000;

  async function sendInTurn(): Promise<void> {
    const connection = openConnection(port, path);
    for (let sent = performance.now(); sent < end;) {
      const number = next++;
      const answer = await connection.post(writeRequest(request, number), number % COMPARED_ONE_IN === 0);
      const now = performance.now();
      latencies.push(now - sent);
      if (!isRight(answer)) wrong += 1;
      sent = now;
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
    bytes: length ?? 0,
    cpuSeconds,
  };
}
