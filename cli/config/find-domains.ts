/** Finds the folder of declarations: the one that is set, else `schema/` of the working directory, else Onefold's own. */
import { readdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

export interface FoundDomains {
  /** The folder of the declarations, as messages name it: relative where it lies below the working directory. */
  readonly domains: string;
  /** Whether that folder is the one that comes with Onefold. */
  readonly ownDomains: boolean;
}

const root = join(import.meta.dirname, "..", "..");

/** Beside the sources' folder of `cli`, or beside the one that was built of them. */
const ownFolders = [join(root, "schema"), join(root, "..", "schema")];

/** `given` is absolute; undefined: none is set. */
export function findDomains(given: string | undefined, cwd: string): FoundDomains {
  if (given !== undefined) return { domains: shortest(given, cwd), ownDomains: isOwn(given) };
  const here = resolve(cwd, "schema");
  if (holdsDeclarations(here)) return { domains: shortest(here, cwd), ownDomains: isOwn(here) };
  return { domains: ownFolders.find(holdsDeclarations) ?? here, ownDomains: true };
}

function shortest(path: string, cwd: string): string {
  return path.startsWith(`${cwd}/`) && cwd === process.cwd() ? path.slice(cwd.length + 1) : path;
}

function isOwn(folder: string): boolean {
  const path = realPath(folder);
  return path !== null && ownFolders.some((own) => realPath(own) === path);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function holdsDeclarations(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith(".graphql"));
  } catch {
    return false;
  }
}
