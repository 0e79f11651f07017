/** Puts a request's files where its map says: into the operation's variables, in place of nulls. */
import { readBodyParameters, type Malformed, type RequestParameters } from "../server/request-parameters.ts";
import { UploadSet } from "./upload-set.ts";
import type { UploadSettings } from "./upload-settings.ts";
import type { UploadedFile } from "./uploaded-file.ts";

/** All files of a request together stand at no more places. */
const maxPlaces = 100;

export interface PlacedFiles {
  readonly parameters: RequestParameters;
  readonly uploads: UploadSet;
}

/** @see https://github.com/jaydenseric/graphql-multipart-request-spec */
export function placeFiles(operations: string, map: string, settings: UploadSettings): PlacedFiles | Malformed {
  const parameters = readBodyParameters(operations);
  if ("malformed" in parameters) return parameters;
  const places = readMap(map);
  if (places === undefined) return { malformed: "`map` must be a JSON object that lists paths by file." };
  if (places.size > settings.maxFiles) return { malformed: `\`map\` has more than ${settings.maxFiles} files.` };
  const uploads = new UploadSet(places.keys(), settings.timeoutMs);
  let count = 0;
  for (const [name, paths] of places) {
    const file = uploads.get(name);
    for (const path of paths) {
      if (++count > maxPlaces) return { malformed: `\`map\` has more than ${maxPlaces} paths.` };
      if (file === undefined || !place(parameters, path, file)) {
        return {
          malformed: `The path ${JSON.stringify(path.slice(0, 100))} of \`map\` leads to no null in the variables.`,
        };
      }
    }
  }
  return { parameters, uploads };
}

function readMap(text: string): ReadonlyMap<string, readonly string[]> | undefined {
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isContainer(map) || Array.isArray(map)) return undefined;
  const isPaths = (paths: unknown): paths is string[] =>
    Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === "string");
  const entries = Object.entries(map);
  return entries.every((entry): entry is [string, string[]] => isPaths(entry[1])) ? new Map(entries) : undefined;
}

/** Answers false where there is no null at the path. */
function place(parameters: RequestParameters, path: string, file: UploadedFile): boolean {
  const [first, ...keys] = path.split(".");
  const last = keys.pop();
  if (first !== "variables" || last === undefined) return false;
  let at: unknown = parameters.variables;
  for (const key of keys) at = isContainer(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  if (!isContainer(at) || !Object.hasOwn(at, last) || at[last] !== null) return false;
  at[last] = file;
  return true;
}

/** A list counts: its keys are the indexes. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
