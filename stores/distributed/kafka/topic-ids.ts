/**
 * Identities of topics. The client's protocol does not tell Kafka's own, so each topic gets one from us, kept in a table
 * beside an anchor: where each partition ended when it was last looked at, and the fingerprint of a record there.
 *
 * A topic that was deleted and made again shows as a new one if any partition ends below its anchor, or holds another
 * record there. Unseen is one whose new incarnation has grown past every anchor **and** no longer holds the places of the
 * fingerprints; and one that was empty at every look.
 */
import { createHash, randomUUID } from "node:crypto";
import { OnefoldError } from "../../../schema/errors.ts";
import type { FetchedRecord } from "./committed-records.ts";
import type { KafkaRange } from "./kafka-connection.ts";
import type { LogReader } from "./log-reader.ts";
import type { ProducerTable } from "./producer-table.ts";

interface Anchor {
  /** The partition's end. */
  readonly end: number;
  /** A record below it. */
  readonly mark: { readonly offset: number; readonly fingerprint: string } | null;
}

/** What the table holds, as JSON. */
interface TopicState {
  readonly id: string;
  readonly anchors: readonly Anchor[];
}

/** How far below the end a record is looked for: markers of transactions may stand there instead. */
const searchOffsets = 64;
const maxTries = 20;

export class TopicIds {
  readonly #table: ProducerTable;
  readonly #reader: LogReader;

  constructor(table: ProducerTable, reader: LogReader) {
    this.#table = table;
    this.#reader = reader;
  }

  /** The id of what stands under this name now; given at the first look, and anew when it is seen to be another. */
  async identify(topic: string): Promise<string> {
    for (let tries = 0; tries < maxTries; tries++) {
      const ranges = await this.#reader.ranges(topic);
      const stored = await this.#table.read(topic);
      const known = stored === null ? null : (JSON.parse(stored.state) as TopicState);
      const isSame = known !== null && (await this.#isAnchored(topic, ranges, known.anchors));
      if (isSame && !hasGrown(ranges, known.anchors)) return known.id;
      const id = isSame ? known.id : randomUUID();
      const state: TopicState = { id, anchors: await this.#anchors(topic, ranges) };
      const result = await this.#table.append(topic, {
        batch: { topic, records: [] },
        expectedVersion: stored?.version ?? 0,
        state: JSON.stringify(state),
      });
      if (result.kind === "appended" || isSame) return id;
    }
    throw new OnefoldError("STORE_UNAVAILABLE", `The identity of topic ${topic} never came to rest.`);
  }

  async #isAnchored(topic: string, ranges: readonly KafkaRange[], anchors: readonly Anchor[]): Promise<boolean> {
    for (const [partition, { end, mark }] of anchors.entries()) {
      const range = ranges.find((candidate) => candidate.partition === partition);
      if (range === undefined || range.end < end) return false;
      if (mark === null || mark.offset < range.start) continue;
      const { records } = await this.#reader.read(
        { topic, partition, from: mark.offset },
        { ...limits, maxRecords: 1 },
      );
      const [record] = records;
      if (record?.offset !== mark.offset || record.fingerprint !== mark.fingerprint) return false;
    }
    return true;
  }

  async #anchors(topic: string, ranges: readonly KafkaRange[]): Promise<readonly Anchor[]> {
    const anchors: Anchor[] = [];
    for (const { partition, start, end } of ranges) {
      const from = Math.max(start, end - searchOffsets);
      const { records } = await this.#reader.read({ topic, partition, from }, { ...limits, maxRecords: searchOffsets });
      const last = [...records].filter(({ offset }) => offset < end).at(-1);
      const mark = last === undefined ? null : { offset: last.offset, fingerprint: last.fingerprint };
      anchors.push({ end, mark });
    }
    return anchors;
  }
}

const limits = { maxBytes: 1024 * 1024, waitMs: 0, wrap: fingerprinted };

function hasGrown(ranges: readonly KafkaRange[], anchors: readonly Anchor[]): boolean {
  return ranges.some(({ partition, end }) => end > (anchors[partition]?.end ?? -1));
}

function fingerprinted({ offset, timestamp, key, value }: FetchedRecord) {
  const hash = createHash("sha256").update(String(timestamp));
  for (const part of [key, value]) hash.update("\0").update(part ?? "");
  return {
    offset: Number(offset),
    fingerprint: hash.digest("base64url").slice(0, 22),
  };
}
