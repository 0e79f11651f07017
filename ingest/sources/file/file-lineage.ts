/** What the log keeps for ever about one file: which content was taken in, and how far. Text in a producer's state. */
import { createHash, type Hash } from "node:crypto";
import { OnefoldError } from "../../../schema/errors.ts";
import type { ContentPosition } from "./split-records.ts";

/** "The first `bytes` bytes have this digest." */
export interface ContentPrefix {
  readonly bytes: number;
  readonly digest: string;
}

/** Content that is taken in: all records of `covered` are in the log. Content that grows is split again from `resume`. */
export interface CoveredContent {
  readonly covered: ContentPrefix;
  /** At or before the end of `covered`: before it where the last record is open, without a line end. */
  readonly resume: ContentPosition;
}

/**
 * One file through time. All its prefixes lie on one chain: each is the start of the next longer one.
 *
 *     records ──1──2────4────────8──────────────────┐
 *     marks     ▲  ▲    ▲        ▲                  │ reached
 *     versions          └ whole once   └ whole once │          target: whole, being taken in
 */
export interface FileLineage {
  /** Absolute path it was last seen at: only for people, and to tell a cut copy from a file that differs. */
  readonly file: string;
  readonly reached: CoveredContent;
  /** What was a whole file once, taken in to its end. Ascending; the newest {@link maxVersions}. */
  readonly versions: readonly CoveredContent[];
  /** Whole files of which the end is not yet taken in. Ascending. */
  readonly targets: readonly ContentPrefix[];
  /** The ends of records 1, 2, 4, 8, …: enough to tell early that a file is another one. */
  readonly marks: readonly ContentPrefix[];
}

export const maxVersions = 64;
export const startOfContent: ContentPosition = { bytes: 0, records: 0, lines: 0 };

/** Producers of a source's files are named `file:<source>:<id>`. */
export function fileProducerPrefix(source: string): string {
  return `file:${source}:`;
}

/** The digest of what `hash` has seen, without ending it. */
export function digestOf(hash: Hash): string {
  return hash.copy().digest().toString("base64url", 0, 16);
}

/** 16 hex digits from a whole file's digest: the first part of its events' ids. `attempt` tells namesakes apart. */
export function lineageId(digest: string, attempt: number): string {
  return createHash("sha256").update(`${digest}/${attempt}`).digest("hex").slice(0, 16);
}

/** Every prefix that is known of a lineage, ascending, each once. */
export function knownPrefixes(lineage: FileLineage): readonly ContentPrefix[] {
  const all = [
    ...lineage.marks,
    ...lineage.versions.map((version) => version.covered),
    ...lineage.targets,
    lineage.reached.covered,
  ];
  const sorted = all.filter(({ bytes }) => bytes > 0).sort((a, b) => a.bytes - b.bytes);
  return sorted.filter((prefix, i) => prefix.bytes !== sorted[i - 1]?.bytes);
}

export function encodeLineage(lineage: FileLineage): string {
  return JSON.stringify({
    v: 1,
    file: lineage.file,
    reached: packCovered(lineage.reached),
    versions: lineage.versions.map(packCovered),
    targets: lineage.targets.map(packPrefix),
    marks: lineage.marks.map(packPrefix),
  });
}

/** @throws OnefoldError STORE_FORMAT for what another version wrote */
export function decodeLineage(producer: string, state: string): FileLineage {
  const packed = JSON.parse(state) as PackedLineage;
  if (packed.v !== 1) {
    throw new OnefoldError(
      "STORE_FORMAT",
      `The log's state of ${producer} has format ${packed.v}; this version reads format 1.`,
    );
  }
  return {
    file: packed.file,
    reached: unpackCovered(packed.reached),
    versions: packed.versions.map(unpackCovered),
    targets: packed.targets.map(unpackPrefix),
    marks: packed.marks.map(unpackPrefix),
  };
}

type PackedPrefix = readonly [bytes: number, digest: string];
type PackedCovered = readonly [...PackedPrefix, resumeBytes: number, records: number, lines: number];

interface PackedLineage {
  readonly v: number;
  readonly file: string;
  readonly reached: PackedCovered;
  readonly versions: readonly PackedCovered[];
  readonly targets: readonly PackedPrefix[];
  readonly marks: readonly PackedPrefix[];
}

function packPrefix({ bytes, digest }: ContentPrefix): PackedPrefix {
  return [bytes, digest];
}

function unpackPrefix([bytes, digest]: PackedPrefix): ContentPrefix {
  return { bytes, digest };
}

function packCovered({ covered, resume }: CoveredContent): PackedCovered {
  return [covered.bytes, covered.digest, resume.bytes, resume.records, resume.lines];
}

function unpackCovered([bytes, digest, resumeBytes, records, lines]: PackedCovered): CoveredContent {
  return { covered: { bytes, digest }, resume: { bytes: resumeBytes, records, lines } };
}
