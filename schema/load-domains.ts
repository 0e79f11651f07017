/** Reads a folder of domain declarations and compiles them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { compileDomains, type CompileResult, type DomainText } from "./compiler/compile-domains.ts";

/** The texts are handed back too, so that diagnostics can be shown with their lines. */
export type LoadResult = CompileResult & { readonly texts: readonly DomainText[] };

/** Takes the `*.graphql` files directly in the folder, in the order of their names. */
export async function loadDomains(folder: string): Promise<LoadResult> {
  const names = await listFiles(folder);
  if (typeof names === "string") {
    const remedy = "Name the folder that holds your <domain>.graphql files.";
    return refuse(folder, `The folder cannot be read: ${names}.`, remedy);
  }
  if (names.length === 0) {
    return refuse(
      folder,
      "The folder holds no *.graphql file.",
      "Put one <domain>.graphql file for each domain into it.",
    );
  }
  const texts = await Promise.all(
    names.map(async (name) => ({ file: join(folder, name), text: await readFile(join(folder, name), "utf8") })),
  );
  return { ...compileDomains(texts), texts };
}

/** The names, or why there are none. */
async function listFiles(folder: string): Promise<readonly string[] | string> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".graphql") && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return "it does not exist";
    return code === "ENOTDIR" ? "it is a file" : String(error);
  }
}

function refuse(file: string, reason: string, remedy: string): LoadResult {
  return { kind: "invalid", diagnostics: [{ file, line: 1, column: 1, reason, remedy }], texts: [] };
}
