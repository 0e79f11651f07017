/** A declared entity: its identifiers, and the fields that all domains give it. */
import type { Expression } from "../expression/expression.ts";
import type { Metric } from "./metric.ts";

export interface IdentifierType {
  readonly type: string;
  readonly strong: boolean;
  /** How many entities one identifier of this type may point to before it links nothing. */
  readonly maxEntities: number;
}

interface FieldBase {
  readonly name: string;
  /** The domain whose subgraph serves it. */
  readonly domain: string;
  /** The GraphQL type it stands on: the entity itself, or one of its concrete types. */
  readonly on: string;
  readonly nullable: boolean;
}

/** One value kept in the state store under `name`. */
export interface MetricField extends FieldBase {
  readonly kind: "metric";
  readonly metric: Metric;
  /** The entity type where the value is an identifier of another entity (`shop: Shop`); null: a plain value. */
  readonly reference: string | null;
}

/** The recent events of the entity, newest first, at most `keep`. Served as a Relay connection. */
export interface RecentField extends FieldBase {
  readonly kind: "recent";
  readonly event: string;
  readonly keep: number;
  readonly where: Expression | null;
}

/** The entity's part of a time series. Takes `every`, `from`, `to`. */
export interface SeriesField extends FieldBase {
  readonly kind: "series";
  readonly series: string;
}

/** A field with a resolver written by hand in `subgraphs/<domain>/`. */
export interface CustomField extends FieldBase {
  readonly kind: "custom";
}

export type EntityField = MetricField | RecentField | SeriesField | CustomField;

export interface EntityModel {
  /** The GraphQL type or interface name. */
  readonly name: string;
  /** The domain that declares it with `@entity`; others only add fields. */
  readonly owner: string;
  readonly description: string | null;
  /** First is primary: its plain value is `id` in the graph; others are written `type:value`. */
  readonly identifiers: readonly IdentifierType[];
  /** For an interface: which metric field (an enum) tells the concrete type, and which value means which type. */
  readonly concrete: { readonly by: string; readonly types: Readonly<Record<string, string>> } | null;
  readonly fields: readonly EntityField[];
}
