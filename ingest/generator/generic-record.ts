/** Random believable records of any declared event, from its declaration alone: for sources that have no script. */
import type { EventField, EventModel, FieldAssertion, TimeUnit } from "../../schema/model/event.ts";
import { decimal, isoTime } from "./generated-record.ts";
import type { Random } from "./random.ts";

/** How many different identifiers of each kind there are: few enough that they meet again. */
const identifiers = 500;
const words = ["amber", "birch", "coral", "delta", "ember", "fjord", "grove", "haven", "iris", "juniper"] as const;

/** `number` tells the record from all others of its run; `unique` stands in ids. */
export interface GenericContext {
  readonly random: Random;
  /** Draws ranks below {@link identifiers}. */
  readonly rank: (random: Random) => number;
  readonly unique: string;
  readonly time: number;
}

export const genericIdentifiers = identifiers;

/** A raw JSON object that the event's own declaration accepts, as far as its rules can be met by guessing. */
export function genericRecord(event: EventModel, context: GenericContext): Readonly<Record<string, unknown>> {
  const raw: Record<string, unknown> = {};
  for (const field of event.fields) {
    if (field.nullable && field.index !== event.keyField && context.random.chance(0.1)) continue;
    const value = field.list
      ? Array.from({ length: context.random.integer(1, 3) }, () => fieldValue(event, field, context))
      : fieldValue(event, field, context);
    put(raw, field.path, value);
  }
  for (const { path, equals } of event.match) put(raw, path, equals);
  return raw;
}

function fieldValue(event: EventModel, field: EventField, context: GenericContext): unknown {
  const { random } = context;
  if (field.map !== null) return random.pick(Object.keys(field.map));
  const given = field.assertions.find((assertion) => assertion.kind === "oneOf");
  if (given !== undefined) return random.pick(given.values);
  switch (field.type.kind) {
    case "id":
    case "string":
      return textValue(event, field, context);
    case "int":
    case "long":
      return Math.floor(numberValue(field, random, 100));
    case "float":
      return Math.round(numberValue(field, random, 100) * 1000) / 1000;
    case "decimal":
      return decimalText(Math.floor(numberValue(field, random, 10_000)), field.type.scale);
    case "boolean":
      return random.chance(0.5);
    case "dateTime":
      return timeValue(
        field.index === event.timeField ? context.time : context.time - random.integer(0, 86_400_000),
        field.timeUnit,
      );
    case "enum":
      return random.pick(field.type.values);
  }
}

function textValue(event: EventModel, field: EventField, { random, rank, unique }: GenericContext): string {
  if (field.index === event.idField) return unique;
  const identifier = event.identifiers.find((each) => each.field === field.index);
  const number = rank(random);
  // The sample world's own letters, so that what refers to a sample item or person finds one.
  const kind = identifier?.type ?? field.name;
  const letter = { member: "u", item: "i", shop: "s", content: "c" }[kind];
  const first = { member: 1000, item: 1000, shop: 100, content: 1000 }[kind] ?? 1;
  const usual = field.type.kind === "string" ? [random.pick(words), `${random.pick(words)} ${random.pick(words)}`] : [];
  const guesses = [
    ...usual,
    `${letter ?? kind.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}${letter === undefined ? "-" : ""}${first + number}`,
    String(1_000 + number),
    random.pick(words),
    random.pick(words).toUpperCase(),
    `${random.pick(words)}${number}@example.com`,
    `+4930${String(100_000 + number)}`,
    random.pick(words).slice(0, 2).toUpperCase(),
    `${random.pick(words).slice(0, 3).toUpperCase()}-${1_000 + number}`,
    `${kind.charAt(0).toUpperCase()}${1_000 + number}`,
    `${kind.charAt(0).toUpperCase()}-${1_000 + number}`,
  ];
  return guesses.find((guess) => field.assertions.every((assertion) => fits(guess, assertion))) ?? guesses[0] ?? "x";
}

function fits(text: string, assertion: FieldAssertion): boolean {
  switch (assertion.kind) {
    case "matches":
      return new RegExp(assertion.pattern, "u").test(text);
    case "length":
      return text.length <= assertion.max;
    case "oneOf":
      return assertion.values.includes(text);
    case "min":
    case "max":
      return true;
  }
}

/** Small values more often than large ones, within what the field's rules allow. */
function numberValue(field: EventField, random: Random, usual: number): number {
  const bound = (kind: "min" | "max"): number | undefined => {
    for (const assertion of field.assertions) if (assertion.kind === kind) return assertion.bound;
    return undefined;
  };
  const least = bound("min") ?? Math.min(1, bound("max") ?? 1);
  const most = Math.min(bound("max") ?? Infinity, least + usual);
  return least + (most - least) * random.next() ** 2;
}

function decimalText(units: number, scale: number): string {
  if (scale === 2) return decimal(Math.abs(units));
  return (Math.abs(units) / 10 ** scale).toFixed(scale);
}

function timeValue(time: number, unit: TimeUnit): string | number {
  switch (unit) {
    case "iso":
      return isoTime(time);
    case "seconds":
      return Math.floor(time / 1000);
    case "milliseconds":
      return time;
    case "microseconds":
      return time * 1000;
  }
}

function put(raw: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = raw;
  path.forEach((segment, i) => {
    if (i === path.length - 1) at[segment] = value;
    else at = (at[segment] ??= {}) as Record<string, unknown>;
  });
}
