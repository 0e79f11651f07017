/** Rows of one table as TSV lines, cut into chunks of bounded size, each for one server. */
import { OnefoldError } from "../../schema/errors.ts";
import type { Encode } from "./row-encoder.ts";
import { TsvWriter } from "./tsv-writer.ts";

const CHUNK_ROWS = 65_536;
const CHUNK_BYTES = 16 * 1024 * 1024;

/** One insert, hence one part on disk. */
export interface Chunk {
  readonly server: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What a table's rows become, and where they go. */
export interface Lines<Row> {
  readonly encode: Encode<Row>;
  readonly servers: number;
  readonly serverOf: (row: Row) => number;
}

export class LineChunks<Row> {
  readonly #lines: Lines<Row>;
  readonly #open: readonly { readonly out: TsvWriter; count: number }[];

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
    chunk.count = 0;
    return { server, body: chunk.out.take() };
  }

  /** Takes the chunks that are not full. */
  rest(): readonly Chunk[] {
    return this.#open.flatMap((chunk, server) => {
      if (chunk.count === 0) return [];
      chunk.count = 0;
      return [{ server, body: chunk.out.take() }];
    });
  }
}
