/** The way to a deferred fragment's objects: those that the client has been given, none that an error has made null. */
import type { DeferredFragment, PlaceStep } from "../planning/deferred-fragments.ts";
import { clientKey } from "../planning/response-key.ts";
import type { SupergraphTypes } from "../supergraph-types.ts";
import type { PlanCompiler } from "./compile-plan.ts";
import { isJsonObject, type Path } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import type { Place, Slot } from "./place-tree.ts";
import type { ObjectAt } from "./projection.ts";

/** What a payload gave the client, the first one at the root included. */
export interface Given {
  /** Where it stands; keys are the plan's. */
  readonly path: Path;
  readonly data: unknown;
}

/** Finds the fragment's objects in what was given around it, in order. */
export type FollowWay = (data: JoinedData, given: readonly Given[]) => readonly ObjectAt[];

interface Walker {
  readonly data: JoinedData;
  readonly path: (string | number)[];
  readonly found: ObjectAt[];
}

/** Goes on from a value; `given` is what the client has of it. */
type Walk = (value: unknown, given: unknown, walker: Walker) => void;

export function compileWay(
  { steps, parent }: DeferredFragment,
  { places, types }: Pick<PlanCompiler, "places" | "types">,
): FollowWay {
  // What is given ends where the fragment around it does.
  const above = parent?.steps ?? [];
  const start = places.root.at(above.flatMap((step) => (step.kind === "field" ? [step.key] : [])));
  const walk = compileSteps(steps.slice(above.length), start, types);
  return (data, given) => {
    const found: ObjectAt[] = [];
    for (const one of given) {
      walk(valueAt(data, places.root, one.path), one.data, { data, path: [...one.path], found });
    }
    return found;
  };
}

function valueAt(data: JoinedData, root: Place, path: Path): unknown {
  let value: unknown = data.root;
  let place = root;
  for (const key of path) {
    if (typeof key === "number") value = Array.isArray(value) ? value[key] : undefined;
    else {
      value = isJsonObject(value) ? data.get(place.slotsOf(key), value, key) : undefined;
      place = place.child(key);
    }
  }
  return value;
}

function compileSteps(steps: readonly PlaceStep[], place: Place, types: SupergraphTypes): Walk {
  const [first, ...rest] = steps;
  if (first === undefined) return atEnd;
  const walk =
    first.kind === "field"
      ? compileField(
          first.key,
          { client: clientKey(first.field), place },
          compileSteps(rest, place.child(first.key), types),
        )
      : compileCondition(first.name, { place, types }, compileSteps(rest, place, types));
  return eachObject(walk);
}

const atEnd: Walk = eachObject((value, _given, { path, found }) => {
  if (isJsonObject(value)) found.push({ object: value, path: [...path] });
});

/** Both are lists, or neither; what the client was not given is passed over. */
function eachObject(walk: Walk): Walk {
  const each: Walk = (value, given, walker) => {
    if (given === undefined || given === null) return;
    if (!Array.isArray(value) || !Array.isArray(given)) return walk(value, given, walker);
    for (const [index, item] of value.entries()) {
      walker.path.push(index);
      each(item, given[index], walker);
      walker.path.pop();
    }
  };
  return each;
}

function compileField(key: string, at: { readonly client: string; readonly place: Place }, next: Walk): Walk {
  // Which fetches give it is known once all plans are compiled.
  let slots: readonly Slot[] | undefined;
  return (value, given, walker) => {
    if (!isJsonObject(value) || !isJsonObject(given)) return;
    slots ??= at.place.slotsOf(key);
    walker.path.push(key);
    next(walker.data.get(slots, value, key), given[at.client], walker);
    walker.path.pop();
  };
}

function compileCondition(
  condition: string,
  { place, types }: { readonly place: Place; readonly types: SupergraphTypes },
  next: Walk,
): Walk {
  let slots: readonly Slot[] | undefined;
  return (value, given, walker) => {
    if (!isJsonObject(value)) return;
    slots ??= place.slotsOf("__typename");
    const typename = walker.data.typenameOf(slots, value);
    if (typeof typename !== "string" || types.satisfies(typename, condition)) next(value, given, walker);
  };
}
