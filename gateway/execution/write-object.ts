/** Writing of objects: their fields are read through what fetches hung on them, and what is shared is written once a run. */
import { isJsonObject, type JsonObject } from "./execution-state.ts";
import type { Place, Slot } from "./place-tree.ts";
import { nothing, propagated, something, type ProjectionRun, type Write, type Written } from "./projection-run.ts";

export interface WrittenField {
  /** The key in the client's answer. */
  readonly key: string;
  /** The key in the joined data. */
  readonly source: string;
  readonly write: Write;
}

interface CompiledField extends WrittenField {
  /** What stands in front of the value: brace or comma, and `"key":`. */
  readonly start: Uint8Array;
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
  const compiled = fields.map((field, index) => ({
    ...field,
    start: Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(field.key)}:`),
    from: at.slotsOf(field.source).map((slot) => slots.indexOf(slot)),
  }));
  if (compiled.length === 0) return writeEmpty;
  return slots.length === 0 ? plainWriter(compiled) : joinedWriter(compiled, slots);
}

/** Of an object that nothing is asked of. */
const writeEmpty: Write = (value, run) => {
  if (!isJsonObject(value)) return writeNull(run);
  run.out.openObject();
  run.out.closeObject();
  return something;
};

/** No fetch adds to these objects. */
function plainWriter(fields: readonly CompiledField[]): Write {
  return (value, run) => {
    if (!isJsonObject(value)) return writeNull(run);
    const { path, out } = run;
    let isPropagated = false;
    for (const { source, start, write } of fields) {
      out.raw(start);
      path?.push(source);
      if (write(value[source], run) === propagated) isPropagated = true;
      path?.pop();
    }
    out.closeObject();
    return isPropagated ? propagated : something;
  };
}

/** An object with what fetches gave for it. */
interface Joined {
  readonly object: JsonObject;
  readonly entities: readonly (JsonObject | undefined)[];
}

/** Where an object was written. */
interface Remembered extends Joined {
  readonly start: number;
  readonly end: number;
  /** Fields that no fetch had a value for: the object's own stand in, and count. */
  readonly unfilled: readonly string[];
}

function joinedWriter(fields: readonly CompiledField[], slots: readonly Slot[]): Write {
  /** Read from the object itself: objects of equal entities may differ in these. */
  const own = fields.filter(({ from }) => from.length === 0).map(({ source }) => source);
  const writer: Write = (value, run) => {
    if (!isJsonObject(value)) return writeNull(run);
    const entities = slots.map((slot) => run.data.entityOf(slot, value));
    const [first] = entities;
    const joined = { object: value, entities };
    // With paths, places are told apart.
    if (run.path !== null || first === undefined) return writeJoined(fields, joined, { run, unfilled: [] });
    let memory = run.memories.get(writer) as Map<object, Remembered> | undefined;
    if (memory === undefined) run.memories.set(writer, (memory = new Map<object, Remembered>()));
    const known = memory.get(first);
    const { out } = run;
    if (known !== undefined && isSame(known, joined, own)) {
      out.again(known.start, known.end);
      return something;
    }
    const start = out.at;
    const unfilled: string[] = [];
    const written = writeJoined(fields, joined, { run, unfilled });
    memory.set(first, { object: value, entities, start, end: out.at, unfilled });
    return written;
  };
  return writer;
}

function isSame(known: Remembered, { object, entities }: Joined, own: readonly string[]): boolean {
  for (let index = 0; index < entities.length; index++) {
    // Where a fetch gave nothing, the object's own fields stand in.
    if (entities[index] === undefined || entities[index] !== known.entities[index]) return false;
  }
  for (const key of own) if (object[key] !== known.object[key]) return false;
  for (const key of known.unfilled) if (object[key] !== known.object[key]) return false;
  return true;
}

function writeJoined(
  fields: readonly CompiledField[],
  { object, entities }: Joined,
  { run, unfilled }: { readonly run: ProjectionRun; readonly unfilled: string[] },
): Written {
  const { path, out } = run;
  let isPropagated = false;
  for (const { source, start, write, from } of fields) {
    let value: unknown;
    for (const index of from) {
      value = entities[index]?.[source];
      if (value !== undefined && value !== null) break;
    }
    if (value === undefined || value === null) {
      value = object[source];
      if (from.length > 0) unfilled.push(source);
    }
    out.raw(start);
    path?.push(source);
    if (write(value, run) === propagated) isPropagated = true;
    path?.pop();
  }
  out.closeObject();
  return isPropagated ? propagated : something;
}

function writeNull({ out }: ProjectionRun): typeof nothing {
  out.null();
  return nothing;
}
