/** Flatten paths: compiled once, they find the objects in the joined data that an entity fetch is about. */
import type { FlattenNodePathSegment } from "@graphql-hive/router-query-planner";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject, type Path } from "./execution-state.ts";
import type { JoinedData } from "./joined-data.ts";
import type { Place, Slot } from "./place-tree.ts";

export interface FlattenPath {
  /** Where the objects stand. */
  readonly place: Place;
  /** The fields before the first list: the longest path that is true of all objects found. */
  readonly commonFields: readonly string[];
  /** Calls with each object at the path, in order; what several objects share is looked through once. */
  visit(data: JoinedData, visit: (object: JsonObject) => void): void;
  /** Calls with each occurrence of an object at the path, and with where it is. */
  visitWithPaths(data: JoinedData, visit: (object: JsonObject, path: Path) => void): void;
}

interface Walker {
  readonly data: JoinedData;
  readonly visit: (object: JsonObject, path: Path) => void;
  /** Null: nobody asks for paths. */
  readonly trail: (string | number)[] | null;
  /** By step: what was looked through there, where several objects may share it. */
  readonly seen: Set<object>[];
}

type Walk = (value: unknown, walker: Walker) => void;

const nowhere: Path = [];

export function compileFlattenPath(
  segments: readonly FlattenNodePathSegment[],
  root: Place,
  types: SupergraphTypes,
): FlattenPath {
  const fields = fieldsOf(segments);
  const walk = compileSegments(segments, root, types);
  const firstList = segments.indexOf("@");
  return {
    place: root.at(fields),
    commonFields: fieldsOf(firstList < 0 ? segments : segments.slice(0, firstList)),
    visit: (data, visit) => walk(data.root, { data, visit, trail: null, seen: [] }),
    visitWithPaths: (data, visit) => walk(data.root, { data, visit, trail: [], seen: [] }),
  };
}

function fieldsOf(segments: readonly FlattenNodePathSegment[]): string[] {
  return segments.flatMap((segment) => (segment !== "@" && "Field" in segment ? [segment.Field] : []));
}

function compileSegments(segments: readonly FlattenNodePathSegment[], place: Place, types: SupergraphTypes): Walk {
  const [first, ...rest] = segments;
  if (first === undefined) return walkEnd;
  if (first === "@") {
    // One "@" stands for all levels of a nested list.
    const next = compileSegments(rest, place, types);
    const list: Walk = (value, walker) => {
      if (Array.isArray(value)) walkItems(value, walker, list);
      else next(value, walker);
    };
    return list;
  }
  if ("Field" in first) {
    const next = compileSegments(rest, place.child(first.Field), types);
    return compileField(first.Field, place, { step: rest.length, next });
  }
  return compileCondition(first.TypeCondition, place, { types, next: compileSegments(rest, place, types) });
}

const walkEnd: Walk = (value, walker) => {
  if (Array.isArray(value)) walkItems(value, walker, walkEnd);
  else if (isJsonObject(value)) walker.visit(value, walker.trail?.slice() ?? nowhere);
};

function compileField(key: string, place: Place, { step, next }: { readonly step: number; readonly next: Walk }): Walk {
  // Which fetches give it is known once the whole plan is compiled.
  let slots: readonly Slot[] | undefined;
  const field: Walk = (value, walker) => {
    if (Array.isArray(value)) return walkItems(value, walker, field);
    if (!isJsonObject(value)) return;
    slots ??= place.slotsOf(key);
    const { data, trail } = walker;
    const found = data.get(slots, value, key);
    if (trail === null) {
      // What a fetch gave may hang on many objects.
      if (slots.length > 0 && typeof found === "object" && found !== null) {
        const seen = (walker.seen[step] ??= new Set());
        if (seen.has(found)) return;
        seen.add(found);
      }
      next(found, walker);
      return;
    }
    trail.push(key);
    next(found, walker);
    trail.pop();
  };
  return field;
}

function compileCondition(
  conditions: readonly string[],
  place: Place,
  { types, next }: { readonly types: SupergraphTypes; readonly next: Walk },
): Walk {
  let slots: readonly Slot[] | undefined;
  const condition: Walk = (value, walker) => {
    if (Array.isArray(value)) return walkItems(value, walker, condition);
    if (!isJsonObject(value)) return;
    slots ??= place.slotsOf("__typename");
    const typename = walker.data.typenameOf(slots, value);
    if (typeof typename !== "string" || conditions.some((type) => types.satisfies(typename, type))) next(value, walker);
  };
  return condition;
}

function walkItems(items: readonly unknown[], walker: Walker, walk: Walk): void {
  const { trail } = walker;
  for (let index = 0; index < items.length; index++) {
    trail?.push(index);
    walk(items[index], walker);
    trail?.pop();
  }
}
