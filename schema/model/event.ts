/** A declared event: its raw paths, its standardised fields, its rules, and what it says about entities. */
import type { Expression } from "../expression/expression.ts";
import type { ScalarType, StandardValue } from "./value.ts";

/** How a raw time is written. `iso` takes ISO-8601 text with an offset or `Z`; the others take numbers or digits. */
export type TimeUnit = "iso" | "seconds" | "milliseconds" | "microseconds";

/** Text steps applied in order before parsing. */
export type Normalizer = "trim" | "lowercase" | "uppercase" | "collapse-whitespace" | "digits-only";

export interface EventField {
  readonly name: string;
  /** Position in {@link StandardEvent.values}. */
  readonly index: number;
  readonly type: ScalarType;
  readonly list: boolean;
  readonly nullable: boolean;
  readonly description: string | null;
  /** Raw path segments: `["user", "id"]` for `user.id`. */
  readonly path: readonly string[];
  /** Used where the raw value is absent or null. */
  readonly defaultValue: StandardValue | undefined;
  /** Only for `dateTime`. */
  readonly timeUnit: TimeUnit;
  /** Raw text to enum value or text, exactly; null: values are taken as they are. */
  readonly map: Readonly<Record<string, string>> | null;
  readonly normalize: readonly Normalizer[];
  readonly assertions: readonly FieldAssertion[];
}

/** One rule on one field. `rule` names it in the quarantine: `UserBehavior.itemId:matches`. */
export type FieldAssertion =
  | { readonly kind: "matches"; readonly rule: string; readonly pattern: string }
  | { readonly kind: "min" | "max"; readonly rule: string; readonly bound: number }
  | { readonly kind: "length"; readonly rule: string; readonly max: number }
  | { readonly kind: "oneOf"; readonly rule: string; readonly values: readonly StandardValue[] };

/** A rule over several fields of one event. */
export interface EventAssertion {
  readonly rule: string;
  readonly text: string;
  readonly expression: Expression;
}

/** An identifier that an event carries for an entity type. */
export interface EventIdentifier {
  readonly entity: string;
  /** The identifier type: `member`. */
  readonly type: string;
  /** Index of the field that holds its value. */
  readonly field: number;
}

/** A field of the event's GraphQL type that is an entity: `item: Item! @reference(by: "itemId")`. It is not a stored value. */
export interface EventReference {
  readonly name: string;
  /** Index of the field that holds the identifier; {@link EventModel.identifiers} tells its identifier type. */
  readonly by: number;
  readonly entity: string;
  readonly nullable: boolean;
}

export interface EventModel {
  /** The GraphQL type name, unique over all domains. */
  readonly name: string;
  readonly domain: string;
  readonly description: string | null;
  readonly source: string;
  readonly topic: string;
  /** Raw conditions, all of which must hold for a record of the source to be this event; empty: every record. */
  readonly match: readonly { readonly path: readonly string[]; readonly equals: string }[];
  readonly fields: readonly EventField[];
  /** Index of the field that identifies the event; null: the id is derived from where the record stands. */
  readonly idField: number | null;
  /** Index of the field whose value orders events of one partition. */
  readonly keyField: number;
  readonly timeField: number;
  /** Later than this behind the append time counts as late. It is only counted: a late event still goes where it belongs. */
  readonly latenessMs: number;
  /** Further ahead of the append time than this is refused. */
  readonly futureMs: number;
  readonly assertions: readonly EventAssertion[];
  /** In declaration order: the first with a value is the event's carrier for that entity. */
  readonly identifiers: readonly EventIdentifier[];
  /** Fields of its GraphQL type that lead to an entity. */
  readonly references: readonly EventReference[];
}

/** An event after standardisation (DWD): what every later stage takes. */
export interface StandardEvent {
  readonly model: EventModel;
  readonly id: string;
  /** One value a field, by {@link EventField.index}. */
  readonly values: readonly StandardValue[];
  /** Event time, UTC epoch milliseconds. */
  readonly time: number;
  /** JSON text of `values`: the canonical bytes, hashed for order and stored in event models. */
  readonly text: string;
  /** XXH64 of the canonical bytes without the id: breaks ties between events of one time. */
  readonly hash: bigint;
  readonly offset: number;
  readonly late: boolean;
}

/** A record that is not an event: it goes whole to the quarantine. */
export interface Rejection {
  /** Stable name of the rule that refused: `json`, `csv`, `utf8`, `too-large`, `UserBehavior.ts:min`, … */
  readonly rule: string;
  /** One sentence a person can act on. */
  readonly reason: string;
}
