/** The page on declarations: its blocks compile as one domain, and what it calls refused is refused in those words. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { compileDomains } from "../../schema/compiler/compile-domains.ts";
import { formatDiagnostics } from "../../schema/compiler/format-diagnostics.ts";
import { onefoldDefinitions } from "../../schema/compiler/directive-definitions.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/02-declarations.md"), "utf8");

function blocks(info: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
}

const file = "library.graphql";
const domain = blocks("graphql declaration").join("\n");
const refused = blocks("graphql refused");
const said = blocks("text says");

function compile(text: string): ReturnType<typeof compileDomains> {
  return compileDomains([{ file, text }]);
}

describe("the page on declarations", () => {
  it("declares a sound domain", () => {
    const result = compile(domain);
    expect(result.kind === "invalid" ? formatDiagnostics(result.diagnostics, [{ file, text: domain }]) : "").toBe("");
  });

  it.each(refused.map((text, i) => [text.split("\n")[0], text, said[i] ?? ""]))(
    "is right about %s",
    (_name, text, words) => {
      const result = compile(`${domain}\n${text}`);
      const lines =
        result.kind === "invalid" ? result.diagnostics.map(({ reason, remedy }) => `${reason}\n  ${remedy}\n`) : [];
      expect(lines.join("").replaceAll(/ at library\.graphql:[\d:]+\./g, " at library.graphql:…")).toBe(words);
    },
  );

  it("names every directive of Onefold", () => {
    const own = [...onefoldDefinitions.directives.keys()].filter((name) => !isOthers(name));
    expect(own.length).toBeGreaterThan(15);
    for (const name of own) expect(page).toContain(`@${name}`);
  });
});

/** GraphQL's own. */
function isOthers(name: string): boolean {
  return ["skip", "include", "deprecated", "specifiedBy", "oneOf"].includes(name);
}
