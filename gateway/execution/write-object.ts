/** Writing of objects: their fields are read through what fetches hung on them, and what is shared is written once a run. */
import { isJsonObject, type JsonObject } from "./execution-state.ts";
import type { Place, Slot } from "./place-tree.ts";
import { propagated, type ProjectionRun, type Write } from "./projection-run.ts";

export interface WrittenField {
  /** The key in the client's answer. */
  readonly key: string;
  /** The key in the joined data. */
  readonly source: string;
  readonly write: Write;
}

interface CompiledField extends WrittenField {
  /** `"key":` */
  readonly start: string;
  /** Of the place's slots those that may give the field, the latest fetch first. */
  readonly from: readonly number[];
}

/** @param at where the objects stand */
export function writeObject(fields: readonly WrittenField[], at: Place): Write {
  let writer: Write | undefined;
  // Which fetches give what is known once the whole plan is compiled.
  return (value, run) => (writer ??= compileWriter(fields, at))(value, run);
}

function compileWriter(fields: readonly WrittenField[], at: Place): Write {
  const slots = at.slots.filter(({ provides }) => fields.some(({ source }) => provides.has(source)));
  const compiled = fields.map((field) => ({
    ...field,
    start: `${JSON.stringify(field.key)}:`,
    from: at.slotsOf(field.source).map((slot) => slots.indexOf(slot)),
  }));
  return slots.length === 0 ? plainWriter(compiled) : joinedWriter(compiled, slots);
}

/** No fetch adds to these objects. */
function plainWriter(fields: readonly CompiledField[]): Write {
  return (value, run) => {
    if (!isJsonObject(value)) return "null";
    const { path } = run;
    let text = "{";
    let isPropagated = false;
    for (const { source, start, write } of fields) {
      path?.push(source);
      const written = write(value[source], run);
      path?.pop();
      if (written === propagated) isPropagated = true;
      text += text.length === 1 ? start + written : `,${start}${written}`;
    }
    return isPropagated ? propagated : `${text}}`;
  };
}

/** What was written of an object, and what it was read from. */
interface Written {
  readonly object: JsonObject;
  readonly entities: readonly (JsonObject | undefined)[];
  readonly text: string;
}

function joinedWriter(fields: readonly CompiledField[], slots: readonly Slot[]): Write {
  /** Read from the object itself: objects of equal entities may differ in these. */
  const own = fields.filter(({ from }) => from.length === 0).map(({ source }) => source);
  const writer: Write = (value, run) => {
    if (!isJsonObject(value)) return "null";
    const entities = slots.map((slot) => run.data.entityOf(slot, value));
    const [first] = entities;
    // With paths, places are told apart.
    if (run.path !== null || first === undefined) return writeJoined(fields, { object: value, entities }, run);
    let memory = run.memories.get(writer) as Map<object, Written> | undefined;
    if (memory === undefined) run.memories.set(writer, (memory = new Map<object, Written>()));
    const known = memory.get(first);
    if (known !== undefined && isSame(known, value, entities, own)) return known.text;
    const text = writeJoined(fields, { object: value, entities }, run);
    memory.set(first, { object: value, entities, text });
    return text;
  };
  return writer;
}

function isSame(
  known: Written,
  object: JsonObject,
  entities: readonly (JsonObject | undefined)[],
  own: readonly string[],
): boolean {
  for (let index = 0; index < entities.length; index++) {
    // Where a fetch gave nothing, the object's own fields stand in.
    if (entities[index] === undefined || entities[index] !== known.entities[index]) return false;
  }
  for (const key of own) if (object[key] !== known.object[key]) return false;
  return true;
}

function writeJoined(
  fields: readonly CompiledField[],
  { object, entities }: Pick<Written, "object" | "entities">,
  run: ProjectionRun,
): string {
  const { path } = run;
  let text = "{";
  let isPropagated = false;
  for (const { source, start, write, from } of fields) {
    let value: unknown;
    for (const index of from) {
      value = entities[index]?.[source];
      if (value !== undefined && value !== null) break;
    }
    value ??= object[source];
    path?.push(source);
    const written = write(value, run);
    path?.pop();
    if (written === propagated) isPropagated = true;
    text += text.length === 1 ? start + written : `,${start}${written}`;
  }
  return isPropagated ? propagated : `${text}}`;
}
