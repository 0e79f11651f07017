/** Flatten paths: compiled once, they find the objects in the data that an entity fetch is about. */
import type { FlattenNodePathSegment } from "@graphql-hive/router-query-planner";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject, type Path } from "./execution-state.ts";

/** Called with each object at a path, in order, and with where it is if that was asked for. */
export type VisitObject = (object: JsonObject, path: Path | undefined) => void;

export interface FlattenPath {
  /** Field names only: what other fetches' paths are compared with. */
  readonly fields: readonly string[];
  /** The fields before the first list: the longest path that is true of all objects found. */
  readonly commonFields: readonly string[];
  visit(data: JsonObject, visit: VisitObject): void;
  /** The same objects in the same order, with their paths. */
  visitWithPaths(data: JsonObject, visit: VisitObject): void;
}

type Trail = (string | number)[] | undefined;
type Walk = (value: unknown, trail: Trail, visit: VisitObject) => void;

export function compileFlattenPath(segments: readonly FlattenNodePathSegment[], types: SupergraphTypes): FlattenPath {
  const walk = segments.reduceRight<Walk>((next, segment) => compileSegment(segment, next, types), walkEnd);
  const firstList = segments.indexOf("@");
  return {
    fields: fieldsOf(segments),
    commonFields: fieldsOf(firstList < 0 ? segments : segments.slice(0, firstList)),
    visit: (data, visit) => walk(data, undefined, visit),
    visitWithPaths: (data, visit) => walk(data, [], visit),
  };
}

function fieldsOf(segments: readonly FlattenNodePathSegment[]): string[] {
  return segments.flatMap((segment) => (segment !== "@" && "Field" in segment ? [segment.Field] : []));
}

const walkEnd: Walk = (value, trail, visit) => {
  if (Array.isArray(value)) walkItems(value, trail, visit, walkEnd);
  else if (isJsonObject(value)) visit(value, trail?.slice());
};

function compileSegment(segment: FlattenNodePathSegment, next: Walk, types: SupergraphTypes): Walk {
  if (segment === "@") {
    // One "@" stands for all levels of a nested list.
    const list: Walk = (value, trail, visit) => {
      if (Array.isArray(value)) walkItems(value, trail, visit, list);
      else next(value, trail, visit);
    };
    return list;
  }
  if ("Field" in segment) {
    const key = segment.Field;
    const field: Walk = (value, trail, visit) => {
      if (Array.isArray(value)) return walkItems(value, trail, visit, field);
      if (!isJsonObject(value)) return;
      trail?.push(key);
      next(value[key], trail, visit);
      trail?.pop();
    };
    return field;
  }
  const conditions = segment.TypeCondition;
  const condition: Walk = (value, trail, visit) => {
    if (Array.isArray(value)) return walkItems(value, trail, visit, condition);
    if (!isJsonObject(value)) return;
    const typename = value["__typename"];
    if (typeof typename !== "string" || conditions.some((type) => types.satisfies(typename, type))) {
      next(value, trail, visit);
    }
  };
  return condition;
}

function walkItems(items: readonly unknown[], trail: Trail, visit: VisitObject, walk: Walk): void {
  for (let index = 0; index < items.length; index++) {
    trail?.push(index);
    walk(items[index], trail, visit);
    trail?.pop();
  }
}
