/** Rewrites: small changes that a plan asks for, on representations before and on answers after a subgraph request. */
import type { FetchNodePathSegment, FetchRewrite } from "@graphql-hive/router-query-planner";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { isJsonObject, type JsonObject } from "./execution-state.ts";

/** Changes an object in place; the caller owns it. */
export type Rewrite = (object: JsonObject) => void;

/** Compiles a plan's rewrites, or answers undefined if there are none. */
export function compileRewrites(
  rewrites: readonly FetchRewrite[] | undefined,
  types: SupergraphTypes,
): Rewrite | undefined {
  if (rewrites === undefined || rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, types));
  return (object) => {
    for (const rewrite of compiled) rewrite(object);
  };
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
      if (!(key in object)) return;
      object[renameKeyTo] = object[key];
      delete object[key];
    });
  }
  const { path, setValueTo } = "ValueSetter" in rewrite ? rewrite.ValueSetter : rewrite;
  return atLastKey(path, types, (object, key) => void (object[key] = setValueTo));
}

type Change = (object: JsonObject, key: string) => void;

function atLastKey(path: readonly FetchNodePathSegment[], types: SupergraphTypes, change: Change): Rewrite {
  const visit = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, depth);
      return;
    }
    const segment = path[depth];
    if (segment === undefined || !isJsonObject(value)) return;
    if ("TypenameEquals" in segment) {
      const typename = value["__typename"];
      const meets =
        typeof typename !== "string" || segment.TypenameEquals.some((type) => types.satisfies(typename, type));
      if (meets) visit(value, depth + 1);
    } else if (depth === path.length - 1) change(value, segment.Key);
    else visit(value[segment.Key], depth + 1);
  };
  return (object) => visit(object, 0);
}
