/** Reads a file once, whole, and tells which known files it agrees with, and how far. Appends nothing. */
import { createHash, type Hash } from "node:crypto";
import type { ProducerState } from "../../../stores/ports/event-log.ts";
import type { FileContent } from "./open-content.ts";
import {
  decodeLineage,
  digestOf,
  knownPrefixes,
  type ContentPrefix,
  type CoveredContent,
  type FileLineage,
} from "./file-lineage.ts";

/** A known file, compared with the file at hand. */
export interface LineageMatch {
  readonly name: string;
  readonly version: number;
  readonly lineage: FileLineage;
  /** The longest known prefix that the file at hand has too, all shorter ones included; null: they differ from the start. */
  readonly agreed: ContentPrefix | null;
  /** The next longer known prefix: it differs, or the file at hand ends before it. Null: all of the known file is in this one. */
  readonly next: ContentPrefix | null;
}

export interface FileFingerprint {
  readonly whole: ContentPrefix;
  /** Known files that agree in their first record at least. */
  readonly matches: readonly LineageMatch[];
  /** Of all known files of the source. */
  readonly names: ReadonlySet<string>;
  /** The hash as it stood at the ends of agreed, covered content: to go on from there. By bytes. */
  readonly hashes: ReadonlyMap<number, Hash>;
}

export interface IdentifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytesRead: number) => void) | undefined;
}

/** Hashes the content, and stops at every known prefix whose shorter ones all agreed: cheap for files that differ early. */
export async function identifyFile(
  content: FileContent,
  known: readonly ProducerState[],
  options: IdentifyOptions = {},
): Promise<FileFingerprint> {
  const comparisons = new Comparisons(known);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of content.chunks(0)) {
    options.signal?.throwIfAborted();
    let from = 0;
    while (comparisons.nextStop - bytes <= chunk.length - from) {
      const to = from + comparisons.nextStop - bytes;
      hash.update(chunk.subarray(from, to));
      bytes += to - from;
      from = to;
      comparisons.compareAt(bytes, hash);
    }
    hash.update(chunk.subarray(from));
    bytes += chunk.length - from;
    options.onBytes?.(bytes);
  }
  return {
    whole: { bytes, digest: digestOf(hash) },
    matches: comparisons.matches(),
    names: new Set(known.map((state) => state.name)),
    hashes: comparisons.hashes,
  };
}

interface Comparison {
  readonly state: ProducerState;
  readonly lineage: FileLineage;
  readonly prefixes: readonly ContentPrefix[];
  agreed: number;
}

/** Known files by the place of their next comparison. */
class Comparisons {
  readonly hashes = new Map<number, Hash>();
  readonly #waiting = new Map<number, Comparison[]>();
  readonly #all: Comparison[];
  nextStop = Infinity;

  constructor(known: readonly ProducerState[]) {
    this.#all = known.map((state) => {
      const lineage = decodeLineage(state.name, state.state);
      return { state, lineage, prefixes: knownPrefixes(lineage), agreed: 0 };
    });
    for (const comparison of this.#all) this.#wait(comparison);
  }

  compareAt(bytes: number, hash: Hash): void {
    const here = this.#waiting.get(bytes) ?? [];
    this.#waiting.delete(bytes);
    this.nextStop = Math.min(...this.#waiting.keys());
    const digest = digestOf(hash);
    for (const comparison of here) {
      if (comparison.prefixes[comparison.agreed]?.digest !== digest) continue;
      comparison.agreed++;
      if (coveredEnds(comparison.lineage).some(({ covered }) => covered.bytes === bytes)) {
        this.hashes.set(bytes, hash.copy());
      }
      this.#wait(comparison);
    }
  }

  matches(): readonly LineageMatch[] {
    return this.#all
      .filter(({ agreed }) => agreed > 0)
      .map(({ state, lineage, prefixes, agreed }) => ({
        name: state.name,
        version: state.version,
        lineage,
        agreed: prefixes[agreed - 1] ?? null,
        next: prefixes[agreed] ?? null,
      }));
  }

  #wait(comparison: Comparison): void {
    const bytes = comparison.prefixes[comparison.agreed]?.bytes;
    if (bytes === undefined) return;
    const others = this.#waiting.get(bytes);
    if (others === undefined) this.#waiting.set(bytes, [comparison]);
    else others.push(comparison);
    this.nextStop = Math.min(this.nextStop, bytes);
  }
}

/** Where new records may follow: what is reached, and what was whole once. */
export function coveredEnds(lineage: FileLineage): readonly CoveredContent[] {
  return [...lineage.versions, lineage.reached];
}
