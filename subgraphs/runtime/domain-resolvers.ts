/** What is written by hand for a domain: resolvers by type and field, and the context they work in. */
import type { GraphQLResolveInfo } from "graphql";
import type { Int64, StandardValue } from "../../schema/model/value.ts";

/** The value of a state field, as it is stored: times in epoch ms, decimals in their smallest unit. */
export type FieldValue = StandardValue | Int64;

/** Reads one entity type. Reads of one turn are one store call, whoever asks. */
export interface EntityReader {
  /** The named state fields of an entity by its graph id; null if it was never seen. */
  load<Field extends string>(id: string, fields: readonly Field[]): Promise<Readonly<Record<Field, FieldValue>> | null>;
}

/** What a resolver may use. All reads of one request see the same generation and the same `now`. */
export interface ResolverContext {
  /** UTC epoch milliseconds, the same through the request. */
  readonly now: number;
  /** A reader of any entity of the platform: `context.entity("Consumer").load(id, ["views", "purchases"])`. */
  entity(name: string): EntityReader;
}

/** What the field stands on. For a field of `Query` it is only a name. */
export interface ResolverParent {
  readonly __typename: string;
  /** The graph id of the entity; empty for what is none. */
  readonly id: string;
  /** A state field of the entity that the resolver's `requires` names. */
  read(field: string): FieldValue;
  /** A field that another subgraph gave, for one that `@requires` it. */
  given(field: string): unknown;
}

export interface FieldResolver<Result = unknown> {
  /** State fields of the parent entity, read together with what else is selected: the resolver costs no read of its own. */
  readonly requires?: readonly string[];
  resolve(
    parent: ResolverParent,
    args: Readonly<Record<string, unknown>>,
    context: ResolverContext,
    info: GraphQLResolveInfo,
  ): Result;
}

/** By GraphQL type, then by field. */
export type DomainResolvers = Readonly<Record<string, Readonly<Record<string, FieldResolver>>>>;

/** A field computed from counters of its entity. They come as numbers: beyond 2^53 they lose their last digits. */
export function fromCounters<Field extends string, Result>(
  fields: readonly Field[],
  compute: (counters: Readonly<Record<Field, number>>) => Result,
): FieldResolver<Result> {
  return {
    requires: fields,
    resolve(parent) {
      const counters = Object.fromEntries(fields.map((field) => [field, Number(parent.read(field) ?? 0)]));
      return compute(counters as Record<Field, number>);
    },
  };
}
