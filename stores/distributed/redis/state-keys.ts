/** The names of the state store's keys: all of one shard have one hash tag, and so one slot of a cluster. */
import { SHARDS } from "../../../schema/model/entity-key.ts";

/** Keys of one shard; `generation` stands right behind the tag, where `settle-shard.lua` looks for it. */
export interface ShardKeys {
  /** What all its keys begin with. */
  readonly tag: string;
  /** Incarnation, and which generations were lost. */
  readonly head: string;
  /** The set of all keys of the shard but these two. */
  readonly names: string;
  readonly fences: (generation: number) => string;
  /** A hash: key of a member to its record. */
  readonly members: (generation: number, entity: string) => string;
  /** A hash: name of a field to its number, and lists of fields that were checked. */
  readonly fields: (generation: number, entity: string) => string;
  /** A hash: number of a field and key of a member to the greater part of a long value. */
  readonly bodies: (generation: number, entity: string) => string;
  /** A hash: range to bytes. */
  readonly segments: (generation: number, partition: string) => string;
  /** A sorted set: ranges by their end. */
  readonly segmentEnds: (generation: number, partition: string) => string;
  /** A hash: parts of one oversized batch by number. */
  readonly staged: (token: string) => string;
}

export interface StateKeys {
  /** Incarnation and generation record of the store: in a slot of its own. */
  readonly record: string;
  readonly shards: readonly ShardKeys[];
}

export function stateKeys(namespace: string): StateKeys {
  return {
    record: `{${namespace}:state}:record`,
    shards: Array.from({ length: SHARDS }, (_, shard) =>
      shardKeys(`{${namespace}:s${String(shard).padStart(2, "0")}}`),
    ),
  };
}

/** What scripts want of one entity, in their order: members, fields, bodies. */
export function entityKeys(of: ShardKeys, generation: number, entity: string): readonly string[] {
  return [of.members(generation, entity), of.fields(generation, entity), of.bodies(generation, entity)];
}

function shardKeys(tag: string): ShardKeys {
  return {
    tag,
    head: `${tag}:head`,
    names: `${tag}:names`,
    fences: (generation) => `${tag}:${generation}:fences`,
    members: (generation, entity) => `${tag}:${generation}:members:${entity}`,
    fields: (generation, entity) => `${tag}:${generation}:fields:${entity}`,
    bodies: (generation, entity) => `${tag}:${generation}:bodies:${entity}`,
    segments: (generation, partition) => `${tag}:${generation}:segments:${partition}`,
    segmentEnds: (generation, partition) => `${tag}:${generation}:segment-ends:${partition}`,
    staged: (token) => `${tag}:staged:${token}`,
  };
}
