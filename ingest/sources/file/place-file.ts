/** Decides which known file a file is, from its fingerprint: the same, the same and longer, a cut copy, or another one. */
import { createHash } from "node:crypto";
import { digestOf, fileProducerPrefix, lineageId, startOfContent } from "./file-lineage.ts";
import type { ContentPrefix, CoveredContent, FileLineage } from "./file-lineage.ts";
import type { FileFingerprint, LineageMatch } from "./identify-file.ts";
import { openContent } from "./open-content.ts";

/** Under which name a file's records go to the log, and after what. */
export interface FilePlace {
  readonly name: string;
  /** Version of the producer's state; 0: a new one. */
  readonly version: number;
  readonly lineage: FileLineage;
  /** For people, where the answer may surprise; null otherwise. */
  readonly note: string | null;
}

/**
 * The first that holds:
 *
 *   1. all of a known file is the start of this one: it **continues** (or is the same), after what is covered;
 *   2. this one is the start of a known file, by a known prefix or by comparing with that file where it was last seen:
 *      a **cut copy**, whose records are that file's records (told from its first whole record on);
 *   3. a known file that was whole once is the start of this one, but then went on otherwise: a **fork**, which goes on
 *      after that start under an id of its own;
 *   4. else it is a **new** file, even if some first lines are equal: equal lines of two files are two facts.
 *
 * So what files share is taken in once exactly where one of them was the whole start of the other.
 */
export async function placeFile(source: string, path: string, fingerprint: FileFingerprint): Promise<FilePlace> {
  const matches = [...fingerprint.matches].sort((a, b) => (b.agreed?.bytes ?? 0) - (a.agreed?.bytes ?? 0));
  for (const match of matches) {
    if (match.next === null) return { ...identity(match), lineage: { ...match.lineage, file: path }, note: null };
    if (match.agreed?.bytes === fingerprint.whole.bytes) return { ...identity(match), note: cutCopyNote(match) };
    if (match.next.bytes > fingerprint.whole.bytes && (await isCutCopy(match, match.next, fingerprint.whole))) {
      return { ...identity(match), note: cutCopyNote(match) };
    }
  }
  const fork = longestFork(matches);
  const lineage = fork === null ? newLineage(path) : forkLineage(path, fork);
  return { name: freeName(source, fingerprint), version: 0, lineage, note: doubtNote(matches, fingerprint.whole) };
}

function identity(match: LineageMatch): Omit<FilePlace, "note"> {
  return { name: match.name, version: match.version, lineage: match.lineage };
}

/** Looks into the known file itself, if it is still where it was: is the file at hand its start? */
async function isCutCopy(match: LineageMatch, known: ContentPrefix, whole: ContentPrefix): Promise<boolean> {
  try {
    await using content = await openContent(match.lineage.file);
    const [start, proof] = await prefixDigests(content.chunks(0), whole.bytes, known.bytes);
    return start === whole.digest && proof === known.digest;
  } catch {
    return false; // Gone, or broken: nothing to compare with.
  }
}

async function prefixDigests(chunks: AsyncIterable<Buffer>, first: number, second: number): Promise<readonly string[]> {
  const hash = createHash("sha256");
  const digests: string[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (const stop of [first, second]) {
      if (stop <= bytes || stop > bytes + chunk.length - from) continue;
      hash.update(chunk.subarray(from, from + stop - bytes));
      from += stop - bytes;
      bytes = stop;
      digests.push(digestOf(hash));
    }
    hash.update(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes >= second) break;
  }
  return digests;
}

interface Fork {
  readonly match: LineageMatch;
  readonly version: CoveredContent;
}

function longestFork(matches: readonly LineageMatch[]): Fork | null {
  const forks = matches.flatMap((match) => {
    const version = match.lineage.versions.findLast(({ covered }) => covered.bytes <= (match.agreed?.bytes ?? 0));
    return version === undefined ? [] : [{ match, version }];
  });
  return forks.sort((a, b) => b.version.covered.bytes - a.version.covered.bytes)[0] ?? null;
}

function forkLineage(path: string, { match, version }: Fork): FileLineage {
  const within = ({ bytes }: ContentPrefix): boolean => bytes <= version.covered.bytes;
  return {
    file: path,
    reached: version,
    versions: match.lineage.versions.filter(({ covered }) => within(covered)),
    targets: [],
    marks: match.lineage.marks.filter(within),
  };
}

function newLineage(path: string): FileLineage {
  const nothing: CoveredContent = { covered: { bytes: 0, digest: "" }, resume: startOfContent };
  return { file: path, reached: nothing, versions: [], targets: [], marks: [] };
}

/** The same content gives the same name, so that of two processes with one new file only one appends. */
function freeName(source: string, { whole, names }: FileFingerprint): string {
  for (let attempt = 0; ; attempt++) {
    const name = fileProducerPrefix(source) + lineageId(whole.digest, attempt);
    if (!names.has(name)) return name;
  }
}

function cutCopyNote({ lineage }: LineageMatch): string {
  return `It is the start of ${JSON.stringify(lineage.file)}, which is known: its records are that file's records.`;
}

/** Where a known file begins like this one, is longer, and can no longer be compared. */
function doubtNote(matches: readonly LineageMatch[], whole: ContentPrefix): string | null {
  const doubt = matches.find(({ next }) => next !== null && next.bytes > whole.bytes);
  if (doubt === undefined) return null;
  return `It begins like ${JSON.stringify(doubt.lineage.file)}, but is not that file's start, or can no longer be compared with it: taken as a file of its own.`;
}
