/** The paths of a setting once its names are known: `subgraphs.<name>.url` is there once for each subgraph. */
import { ANY_NAME } from "./list-settings.ts";
import { isSection, valueAt, type Path } from "./value-tree.ts";

/** None where the tree has no names for it. */
export function namedPaths(path: Path, tree: unknown): readonly Path[] {
  const at = path.indexOf(ANY_NAME);
  if (at === -1) return [path];
  const section = valueAt(tree, path.slice(0, at));
  const names = isSection(section) ? Object.keys(section) : [];
  return names.flatMap((name) => namedPaths([...path.slice(0, at), name, ...path.slice(at + 1)], tree));
}
