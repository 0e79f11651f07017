/** Walks what a lockfile installs for running and lists the packages whose licence is not permissive. */

/** The part of npm's lockfile (version 3) that is read. Keys are folders: `node_modules/a/node_modules/b`. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const permissive = new Set([
  "MIT",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "0BSD",
  "CC0-1.0",
  "BlueOak-1.0.0",
  "Python-2.0",
  "Unlicense",
]);

/**
 * The one exception: `@apollo/subgraph` is fixed for this project and brings this package. It is imported in one file
 * under `subgraphs/`, is not loaded by a plain gateway, and is named in README.
 */
const exception = { name: "@apollo/federation-internals", licence: "Elastic-2.0", broughtBy: "@apollo/subgraph" };

/** One sentence per package that may not be there. `installedLicence` is asked where the lockfile is silent. */
export function refuseLicences(
  lockfile: Lockfile,
  installedLicence: (path: string) => string | undefined,
): readonly string[] {
  const seen = new Set<string>();
  const refusals: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const locked = lockfile.packages[path];
    if (locked === undefined || seen.has(path)) return;
    seen.add(path);
    if (path !== "") refusals.push(...refuse(locked, way, locked.license ?? installedLicence(path)));
    for (const name of namesBelow(locked)) {
      const found = locate(lockfile, path, name);
      if (found !== undefined) visit(found, [...way, name]);
    }
  };
  visit("", []);
  return refusals;
}

function refuse(locked: LockedPackage, way: readonly string[], licence: string | undefined): readonly string[] {
  const name = way.at(-1) ?? "";
  const agreed = name === exception.name && licence === exception.licence && way.at(-2) === exception.broughtBy;
  if (agreed || (licence !== undefined && isPermissive(licence))) return [];
  return [
    `${name}@${locked.version ?? "?"} (${way.join(" > ")}): ${licence ?? "no licence"} is not a licence that Onefold ` +
      `may depend on at run time (${[...permissive].join(", ")}). Choose another package, or make it a development tool.`,
  ];
}

/** SPDX expressions as they occur: a choice needs one permissive side, a sum needs all. */
function isPermissive(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, "$1");
  if (bare.includes(" OR ")) return bare.split(" OR ").some(isPermissive);
  return bare.split(" AND ").every((licence) => permissive.has(licence.trim()));
}

function namesBelow(locked: LockedPackage): readonly string[] {
  return Object.keys({ ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies });
}

/** Where Node would find `name` from the package at `path`: the nearest `node_modules` that has it. */
function locate(lockfile: Lockfile, path: string, name: string): string | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const candidate = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (Object.hasOwn(lockfile.packages, candidate)) return candidate;
    if (folder === "") return undefined;
  }
}
