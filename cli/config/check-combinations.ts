/** Which settings need or exclude each other. Reads values that may still be wrong by themselves: each rule takes what it understands. */
import { checkAuthorization } from "./check-authorization.ts";
import type { LayeredValues } from "./check-settings.ts";
import { expandRoles } from "./config-schema.ts";
import type { ConfigMistake } from "./config-mistake.ts";
import { ANY_NAME, variableOf } from "./list-settings.ts";
import { namedPaths } from "./named-paths.ts";
import { isSection, valueAt, type Path } from "./value-tree.ts";

export function checkCombinations(values: LayeredValues): readonly ConfigMistake[] {
  return [
    ...checkProfile(values),
    ...checkRedis(values),
    ...checkPairs(values),
    ...checkPorts(values),
    ...checkAuthorization(values),
  ];
}

function checkProfile(values: LayeredValues): readonly ConfigMistake[] {
  const { tree } = values;
  const roles = valueAt(tree, ["roles"]);
  const named = Array.isArray(roles) ? roles : ["all"];
  if (valueAt(tree, ["profile"]) !== "distributed") {
    if (named.every((name) => name === "all")) return [];
    const reason = "The embedded profile runs all roles in one process.";
    return [mistake(values, ["roles"], reason, "Leave the roles out, or set `profile: distributed`.")];
  }
  const has = expandRoles(named);
  return [
    ...need(values, ["kafka", "brokers"], "a list of host:port"),
    ...(isAbsent(tree, ["redis", "url"]) && isAbsent(tree, ["redis", "nodes"])
      ? need(values, ["redis", "url"], "redis://host:port, or else `nodes` a list of host:port")
      : []),
    ...need(values, ["clickhouse", "url"], "http://host:port"),
    ...(has.has("gateway") && !has.has("subgraph") ? needSubgraphs(values) : []),
  ];
}

function needSubgraphs(values: LayeredValues): readonly ConfigMistake[] {
  const given = valueAt(values.tree, ["subgraphs"]);
  if (given !== undefined && !(isSection(given) && Object.keys(given).length === 0)) return [];
  const reason = "A gateway without the role subgraph must know where the subgraphs are.";
  return [
    mistake(values, ["subgraphs"], reason, "Set `subgraphs`, by domain: `consumer: { url: http://host:port/… }`."),
  ];
}

function checkRedis(values: LayeredValues): readonly ConfigMistake[] {
  const { tree } = values;
  const at = (name: string): unknown => valueAt(tree, ["redis", name]);
  const [url, nodes, tls] = [at("url"), at("nodes"), at("tls")];
  const wrong: ConfigMistake[] = [];
  if (url !== undefined && nodes !== undefined) {
    wrong.push(mistake(values, ["redis", "nodes"], "redis has a url and nodes.", "Leave one of the two."));
  }
  if (Array.isArray(nodes) && nodes.length > 1 && at("cluster") !== true) {
    const reason = "redis.nodes names several servers, which only a cluster has.";
    wrong.push(mistake(values, ["redis", "nodes"], reason, "Set `cluster: true`, or name one."));
  }
  if (typeof url === "string" && URL.canParse(url)) {
    const { protocol, pathname } = new URL(url);
    if (!["", "/", "/0"].includes(pathname)) {
      const reason = `redis.url names the database ${pathname.slice(1)}.`;
      wrong.push(mistake(values, ["redis", "url"], reason, "Leave it out: `redis.namespace` keeps instances apart."));
    }
    if (protocol === "redis:" && tls !== undefined && tls !== false) {
      wrong.push(
        mistake(values, ["redis", "url"], "redis.tls is set, but the URL is plain.", "Begin it by rediss://."),
      );
    }
    if (protocol === "rediss:" && tls === false) {
      wrong.push(mistake(values, ["redis", "tls"], "The URL is encrypted, but redis.tls is false.", "Leave tls out."));
    }
  }
  return wrong;
}

/** What is only right together. */
function checkPairs(values: LayeredValues): readonly ConfigMistake[] {
  const { tree } = values;
  const wrong: ConfigMistake[] = [];
  const sections = [
    ["kafka", "ssl"],
    ["redis", "tls"],
    ["clickhouse", "tls"],
    ...namedPaths(["subgraphs", ANY_NAME, "tls"], tree),
  ];
  for (const path of sections) {
    for (const [one, other] of [
      ["cert", "key"],
      ["key", "cert"],
    ] as const) {
      if (isAbsent(tree, [...path, one]) || !isAbsent(tree, [...path, other])) continue;
      const reason = `${path.join(".")} has ${one} without ${other}.`;
      wrong.push(mistake(values, [...path, one], reason, `Add ${other}.`));
    }
  }
  for (const path of [["clickhouse"], ...namedPaths(["subgraphs", ANY_NAME], tree)]) {
    const [url, tls] = [valueAt(tree, [...path, "url"]), valueAt(tree, [...path, "tls"])];
    if (typeof url !== "string" || !url.startsWith("http:") || tls === undefined || tls === false) continue;
    const reason = `${path.join(".")}.tls is set, but the URL is plain.`;
    wrong.push(mistake(values, [...path, "url"], reason, "Begin it by https://."));
  }
  return wrong;
}

/** Two servers of one process. */
function checkPorts(values: LayeredValues): readonly ConfigMistake[] {
  const { tree } = values;
  const roles = valueAt(tree, ["roles"]);
  if (valueAt(tree, ["profile"]) !== "distributed") return [];
  if (!expandRoles(Array.isArray(roles) ? roles : ["all"]).has("subgraph")) return [];
  const [http, subgraph] = [valueAt(tree, ["http", "port"]) ?? 4000, valueAt(tree, ["subgraphServer", "port"]) ?? 4001];
  if (typeof http !== "number" || http === 0 || http !== subgraph) return [];
  const reason = `http.port and subgraphServer.port are both ${http}.`;
  return [mistake(values, ["subgraphServer", "port"], reason, "Give them different ports.")];
}

function need(values: LayeredValues, path: Path, wanted: string): readonly ConfigMistake[] {
  if (!isAbsent(values.tree, path)) return [];
  const reason = `${path.join(".")} is missing: the distributed profile needs it.`;
  return [mistake(values, path, reason, `Set it to ${wanted}, here or by ${variableOf(path)}.`)];
}

function isAbsent(tree: unknown, path: Path): boolean {
  return valueAt(tree, path) === undefined;
}

/** A combination is no single flag's fault, and is told with its place in the file, if it has one. */
function mistake(values: LayeredValues, path: Path, reason: string, remedy: string): ConfigMistake {
  return { origin: values.originOf(path), path: path.join("."), reason, remedy };
}
