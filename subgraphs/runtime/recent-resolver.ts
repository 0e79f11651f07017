/** An entity's recent events as a Relay connection, newest first. A page's cursors are order keys, so inserts move none. */
import type { FieldDefinitionNode } from "graphql";
import { Kind } from "graphql";
import type { RecentField } from "../../schema/model/entity.ts";
import type { EventModel } from "../../schema/model/event.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import { readRecentEntry } from "../../stores/ports/model-values.ts";
import type { EntityNode } from "./entity-node.ts";
import { inputInvalid } from "./input-invalid.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";

/** An event on its way through graphql-js. */
export interface EventNode {
  /** By the index of the event's fields. */
  readonly values: readonly StandardValue[];
}

const defaultFirst = 20;

/** `definition`: the author's field, whose default of `first` may be above `keep` without being refused. */
export function recentResolver(
  { index }: ResolverParts,
  field: RecentField,
  definition: FieldDefinitionNode,
): Resolver<EntityNode> {
  const event = index.event(field.event);
  const most = Math.max(field.keep, declaredFirst(definition));
  return (node, args) => {
    const first = readFirst(args["first"], most, field);
    const value = node.values.get(field.name);
    const entries = value?.operation === "recent" ? value.entries : [];
    const start = args["after"] === undefined || args["after"] === null ? 0 : findAfter(entries, args["after"]);
    return connection(event, entries.slice(start, start + first), {
      hasPreviousPage: start > 0,
      hasNextPage: start + first < entries.length,
    });
  };
}

function connection(
  event: EventModel,
  page: readonly Uint8Array[],
  flags: { readonly hasPreviousPage: boolean; readonly hasNextPage: boolean },
): unknown {
  const edges = page.map((bytes) => {
    const entry = readRecentEntry(event, bytes);
    return {
      cursor: Buffer.from(entry.orderKey).toString("base64url"),
      node: { values: entry.values } satisfies EventNode,
    };
  });
  return {
    edges,
    pageInfo: { ...flags, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
  };
}

/** How many entries are not strictly older than the cursor: they come first, newest first. */
function findAfter(entries: readonly Uint8Array[], after: unknown): number {
  const cursor = readCursor(after);
  const older = entries.findIndex((entry) => Buffer.compare(entry.subarray(0, cursor.length), cursor) < 0);
  return older === -1 ? entries.length : older;
}

/** An order key: time (8 bytes), hash (8), id length (2), id. No key is the beginning of another. */
function readCursor(after: unknown): Buffer {
  const text = typeof after === "string" ? after : "";
  const bytes = Buffer.from(text, "base64url");
  const isKey = bytes.length >= 18 && bytes.readUInt16BE(16) === bytes.length - 18;
  if (isKey && bytes.toString("base64url") === text) return bytes;
  throw inputInvalid(
    `after: ${JSON.stringify(text.slice(0, 60))} is no cursor of this list.`,
    "Give the `cursor` of an edge, or `pageInfo.endCursor`, exactly as an answer gave it.",
  );
}

function readFirst(first: unknown, most: number, field: RecentField): number {
  if (first === undefined || first === null) return Math.min(defaultFirst, field.keep);
  if (typeof first === "number" && first >= 1 && first <= most) return Math.min(first, field.keep);
  throw inputInvalid(
    `first: ${JSON.stringify(first)} is out of range.`,
    `${field.on}.${field.name} takes 1 to ${field.keep}.`,
  );
}

function declaredFirst(definition: FieldDefinitionNode): number {
  const value = definition.arguments?.find(({ name }) => name.value === "first")?.defaultValue;
  return value?.kind === Kind.INT ? Number(value.value) : 0;
}
