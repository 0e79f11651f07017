/** Rows of one table as TSV lines, cut into chunks of bounded size, each for one server. */
import { OnefoldError } from "../../schema/errors.ts";
import type { Encode } from "./row-encoder.ts";
import { TsvWriter } from "./tsv-writer.ts";

const CHUNK_ROWS = 65_536;
const CHUNK_BYTES = 16 * 1024 * 1024;

/** One insert, hence one part on disk. */
export interface Chunk {
  readonly server: number;
  readonly rows: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What a table's rows become, and where they go. */
export interface Lines<Row> {
  readonly encode: Encode<Row>;
  readonly servers: number;
  readonly serverOf: (row: Row) => number;
}

interface OpenChunk {
  readonly out: TsvWriter;
  count: number;
}

export class LineChunks<Row> {
  readonly #lines: Lines<Row>;
  readonly #open: readonly OpenChunk[];

  constructor(lines: Lines<Row>) {
    this.#lines = lines;
    this.#open = Array.from({ length: lines.servers }, () => ({ out: new TsvWriter(), count: 0 }));
  }

  /** Appends a row; gives a chunk that is full with it, or null. */
  add(row: Row): Chunk | null {
    const { encode, servers, serverOf } = this.#lines;
    const server = servers === 1 ? 0 : serverOf(row);
    const chunk = this.#open[server];
    if (chunk === undefined) throw new OnefoldError("INTERNAL", `A row is placed on server ${server} of ${servers}.`);
    encode(chunk.out, row);
    chunk.count++;
    if (chunk.count < CHUNK_ROWS && chunk.out.length < CHUNK_BYTES / servers) return null;
    return take(chunk, server);
  }

  /** Takes the chunks that are not full. */
  rest(): readonly Chunk[] {
    return this.#open.flatMap((chunk, server) => (chunk.count === 0 ? [] : [take(chunk, server)]));
  }
}

function take(chunk: OpenChunk, server: number): Chunk {
  const rows = chunk.count;
  chunk.count = 0;
  return { server, rows, body: chunk.out.take() };
}

/** The same lines in as few chunks as their bounds allow: an insert costs the engine much more than its rows. */
export function joinChunks(chunks: readonly Chunk[]): readonly Chunk[] {
  const groups: Chunk[][] = [];
  for (const chunk of chunks) {
    const open = groups.findLast(([first]) => first?.server === chunk.server);
    if (open !== undefined && fits([...open, chunk])) open.push(chunk);
    else groups.push([chunk]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const { server } = first;
    const body = new Uint8Array(sumOf(group, (chunk) => chunk.body.length));
    let at = 0;
    for (const chunk of group) {
      body.set(chunk.body, at);
      at += chunk.body.length;
    }
    return [{ server, rows: sumOf(group, (chunk) => chunk.rows), body }];
  });
}

function fits(chunks: readonly Chunk[]): boolean {
  return sumOf(chunks, ({ rows }) => rows) <= CHUNK_ROWS && sumOf(chunks, ({ body }) => body.length) <= CHUNK_BYTES;
}

function sumOf(chunks: readonly Chunk[], of: (chunk: Chunk) => number): number {
  return chunks.reduce((sum, chunk) => sum + of(chunk), 0);
}
