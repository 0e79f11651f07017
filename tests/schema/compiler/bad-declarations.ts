/** Reads the table of bad declarations: fixtures/README.md describes its form. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface BadDeclaration {
  readonly group: string;
  readonly claim: string;
  /** What is compiled, without marks. */
  readonly text: string;
  readonly mistakes: readonly Mistake[];
}

interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly remedy: string;
}

const folder = join(import.meta.dirname, "../fixtures");

export const soundFile = "shop.graphql";
export const soundText = readFileSync(join(folder, soundFile), "utf8");

export function readBadDeclarations(): readonly BadDeclaration[] {
  const groups = join(folder, "bad-declarations");
  return readdirSync(groups)
    .sort()
    .flatMap((name) =>
      readFileSync(join(groups, name), "utf8")
        .split(/^== /m)
        .slice(1)
        .map((block) => readBlock(name.replace(/\.txt$/, ""), block)),
    );
}

function readBlock(group: string, block: string): BadDeclaration {
  const [head = "", ...expected] = block.split(/^-- /m);
  const [title = "", ...lines] = head.split("\n");
  const sdl = lines.slice(0, -1).join("\n");
  const isAlone = title.startsWith("alone: ");
  const marked = isAlone ? sdl : soundText + sdl;
  const places = readMarks(marked);
  const mistakes = expected.map((text, i): Mistake => {
    const [reason = "", remedy = ""] = text.trimEnd().split("\n   ");
    return { file: soundFile, ...(places[i] ?? { line: 0, column: 0 }), reason, remedy };
  });
  return { group, claim: title.replace(/^alone: /, ""), text: marked.replaceAll("»", ""), mistakes };
}

/** Where the marks stand once they are taken out. */
function readMarks(text: string): readonly Pick<Mistake, "line" | "column">[] {
  return text.split("\n").flatMap((line, i) =>
    line
      .split("»")
      .slice(0, -1)
      .map((_, k, parts) => ({ line: i + 1, column: parts.slice(0, k + 1).join("").length + 1 })),
  );
}
