/**
 * Reads the steps of a page of the documentation: its fenced blocks, as far as their info strings say what to do.
 *
 *     sh run              run it to its end          sh run eventually   … again and again until what is expected comes
 *     sh start            run it until /health is ok  sh stop             end what was started, as Ctrl-C does
 *     sh background=NAME  run it beside what follows
 *     … file=PATH         write it
 *     text expect         what the last command wrote; `…` stands for anything     expect=NAME   … of one in the background
 *     json expect         the same as JSON; the text "…" stands for any value       json shape    … names and types only
 */

export type DocumentedStep = { readonly line: number; readonly text: string } & (
  | { readonly kind: "run"; readonly eventually: boolean }
  | { readonly kind: "start" | "stop" }
  | { readonly kind: "background"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "expect"; readonly form: "text" | "json" | "shape"; readonly name: string | null }
);

/** Blocks that only show something are no steps. */
export function readDocumentedSteps(markdown: string): readonly DocumentedStep[] {
  const steps: DocumentedStep[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const opening = /^```(\S+)?(.*)$/.exec(lines[at] ?? "");
    if (opening === null) continue;
    const end = lines.indexOf("```", at + 1);
    if (end === -1) throw new Error(`The block of line ${String(at + 1)} has no end.`);
    const words = (opening[2] ?? "").trim().split(/\s+/);
    const kind = kindOf(opening[1] ?? "", words);
    if (kind !== null) steps.push({ ...kind, line: at + 1, text: lines.slice(at + 1, end).join("\n") });
    at = end;
  }
  return steps;
}

type Kind = DocumentedStep extends infer Step ? (Step extends unknown ? Omit<Step, "line" | "text"> : never) : never;

function kindOf(language: string, words: readonly string[]): Kind | null {
  const [verb = "", name = null] = (words[0] ?? "").split("=");
  switch (verb) {
    case "":
      return null;
    case "run":
      return { kind: "run", eventually: words.includes("eventually") };
    case "start":
    case "stop":
      return { kind: verb };
    case "background":
      return { kind: "background", name: name ?? "" };
    case "file":
      return { kind: "file", path: name ?? "" };
    case "shape":
      return { kind: "expect", form: "shape", name };
    case "expect":
      return { kind: "expect", form: language === "json" ? "json" : "text", name };
    default:
      throw new Error(`A block says ${JSON.stringify(words.join(" "))}, which nobody understands.`);
  }
}
