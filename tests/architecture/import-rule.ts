/** Who may import whom, as data: each room's allow-list, and a function that says why an import is refused. */

/**
 * The rooms, and what each may import besides itself and packages. An entry is a folder, or one file. The order is the
 * order of matching: the first room whose folder holds a file is that file's room.
 *
 *     cli                     everything; nobody imports cli
 *     ├─> ingest, subgraphs   the ports, the words
 *     ├─> gateway             the words, and the port of the change feed
 *     ├─> stores/embedded, stores/distributed   the ports, the SQL both use, the words
 *     ├─> stores/memory, stores/clickhouse      the ports, the words
 *     client, console         generated client types only: they speak to the gateway as any client does
 *     stores/ports            the words
 *     schema                  nothing
 */
const rooms: readonly (readonly [room: string, allowed: readonly string[] | "everything"])[] = [
  ["cli", "everything"],
  ["bench", "everything"],
  ["tests", "everything"],
  ["ingest", ["stores/ports", "schema"]],
  ["subgraphs", ["stores/ports", "schema"]],
  ["gateway", ["stores/ports/change-feed.ts", "schema"]],
  ["stores/embedded", ["stores/ports", "stores/clickhouse", "schema"]],
  ["stores/distributed", ["stores/ports", "stores/clickhouse", "schema"]],
  ["stores/memory", ["stores/ports", "schema"]],
  ["stores/clickhouse", ["stores/ports", "schema"]],
  ["stores/ports", ["schema"]],
  ["schema", []],
  ["client", []],
  ["console", ["client"]],
];

/** Packages that only one file, or no file, may name. The value is the folder in which one file may. */
const restrictedPackages: Readonly<Record<string, string | undefined>> = {
  "@apollo/subgraph": "subgraphs",
  "@apollo/federation-internals": undefined,
  "@apollo/gateway": undefined,
  "@apollo/composition": undefined,
  "@apollo/query-planner": undefined,
};

/** Why the file at `from` may not import the file at `to` (both relative to the repository's root), or `undefined`. */
export function refuseImport(from: string, to: string): string | undefined {
  if (isIn(to, "tests") && !isIn(from, "tests")) return "only tests import tests";
  if (isIn(to, "bench") && !isIn(from, "bench") && !isIn(from, "tests")) return "only bench and tests import bench";
  if (to === `${folderOf(from)}/index.ts`) return "a file does not import the index of its own folder";
  const room = rooms.find(([folder]) => isIn(from, folder));
  if (room === undefined) return from.includes("/") ? "the file stands in no room of the house" : undefined;
  const [folder, allowed] = room;
  if (allowed === "everything") return undefined;
  if (isIn(to, folder)) return refuseAmongDomains(from, to);
  if (allowed.some((entry) => isIn(to, entry))) return undefined;
  return `${folder} may import ${allowed.length === 0 ? "no other room" : `only ${allowed.join(", ")}`}`;
}

/** Why the file at `from` may not import this package, or `undefined`. */
export function refusePackage(from: string, specifier: string): string | undefined {
  const name = packageName(specifier);
  if (!Object.hasOwn(restrictedPackages, name)) return undefined;
  const home = restrictedPackages[name];
  if (home === undefined) return `${name} is under the Elastic licence and is not used`;
  return isIn(from, home) ? undefined : `${name} is imported in one file of ${home}/ only`;
}

/** The package that a bare specifier names: `a/b` is of `a`, `@a/b/c` of `@a/b`. */
export function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The folders under `subgraphs/` that belong to no domain, but serve all. */
const forAllDomains = new Set(["runtime", "sdl", "server"]);

/** The hand-written code of one domain does not know another domain. */
function refuseAmongDomains(from: string, to: string): string | undefined {
  const [fromDomain, toDomain] = [domainOf(from), domainOf(to)];
  if (fromDomain === undefined || toDomain === undefined || fromDomain === toDomain) return undefined;
  return `the domain ${fromDomain} does not import the domain ${toDomain}`;
}

function domainOf(path: string): string | undefined {
  const folder = /^subgraphs\/([^/]+)\//.exec(path)?.[1];
  return folder === undefined || forAllDomains.has(folder) ? undefined : folder;
}

function isIn(path: string, entry: string): boolean {
  return path === entry || path.startsWith(`${entry}/`);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
