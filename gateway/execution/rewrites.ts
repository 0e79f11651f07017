/** Rewrites: small changes that a plan asks for, on representations before and on answers after a subgraph request. */
import type { FetchNodePathSegment, FetchRewrite } from "@graphql-hive/router-query-planner";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject } from "./execution-state.ts";

/** Answers a rewritten copy; what it is given stays as it is. */
export type Rewrite = (object: Readonly<JsonObject>) => JsonObject;

/** Compiles a plan's rewrites, or answers undefined if there are none. */
export function compileRewrites(
  rewrites: readonly FetchRewrite[] | undefined,
  types: SupergraphTypes,
): Rewrite | undefined {
  if (rewrites === undefined || rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, types));
  return (object) => compiled.reduce<JsonObject>((current, rewrite) => rewrite(current), object);
}

/** Which aliases of a subgraph request become which keys, for error paths. */
export function renamedKeys(rewrites: readonly FetchRewrite[] | undefined): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const rewrite of rewrites ?? []) {
    if (!("KeyRenamer" in rewrite)) continue;
    const last = rewrite.KeyRenamer.path.at(-1);
    if (last !== undefined && "Key" in last) renamed.set(last.Key, rewrite.KeyRenamer.renameKeyTo);
  }
  return renamed;
}

function compileRewrite(rewrite: FetchRewrite, types: SupergraphTypes): Rewrite {
  if ("KeyRenamer" in rewrite) {
    const { path, renameKeyTo } = rewrite.KeyRenamer;
    return atLastKey(path, types, (object, key) => {
      if (!(key in object)) return object;
      const { [key]: value, ...rest } = object;
      return { ...rest, [renameKeyTo]: value };
    });
  }
  const { path, setValueTo } = "ValueSetter" in rewrite ? rewrite.ValueSetter : rewrite;
  return atLastKey(path, types, (object, key) => ({ ...object, [key]: setValueTo }));
}

type Change = (object: Readonly<JsonObject>, key: string) => JsonObject;

/** Copies along the path only. */
function atLastKey(path: readonly FetchNodePathSegment[], types: SupergraphTypes, change: Change): Rewrite {
  const visit = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, depth));
    return isJsonObject(value) ? visitObject(value, depth) : value;
  };
  const visitObject = (object: Readonly<JsonObject>, depth: number): JsonObject => {
    const segment = path[depth];
    if (segment === undefined) return object;
    if ("TypenameEquals" in segment) {
      const typename = object["__typename"];
      const meets =
        typeof typename !== "string" || segment.TypenameEquals.some((type) => types.satisfies(typename, type));
      return meets ? visitObject(object, depth + 1) : object;
    }
    if (depth === path.length - 1) return change(object, segment.Key);
    return segment.Key in object ? { ...object, [segment.Key]: visit(object[segment.Key], depth + 1) } : object;
  };
  return (object) => visitObject(object, 0);
}
