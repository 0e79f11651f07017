/** The errors page says what the error catalogue says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { renderErrorsPage } from "../../cli/setup/errors-page.ts";
import { errorCatalogue } from "../../schema/errors.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "08-errors.md"), "utf8");

describe("the errors page", () => {
  it("is what the catalogue renders to (if not: npm run codegen)", () => {
    expect(page).toBe(renderErrorsPage());
  });

  it.each(Object.entries(errorCatalogue))("documents %s with cause and remedy", (code, { cause, remedy }) => {
    expect(page).toContain(`\n## ${code}\n`);
    expect(cause).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  });
});
