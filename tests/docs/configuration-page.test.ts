/** The page on configuration says what the schema of `onefold.yaml` says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { settings } from "../../cli/config/list-settings.ts";
import { renderConfigurationPage } from "../../cli/setup/configuration-page.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "09-configuration.md"), "utf8");

describe("the page on configuration", () => {
  it("is what the schema renders to (if not: npm run codegen)", () => {
    expect(page).toBe(renderConfigurationPage());
  });

  it("names every variable", () => {
    const variables = settings.flatMap(({ variable, shortVariable }) => [variable, shortVariable]);
    expect(variables.filter((name) => name !== null && !page.includes(`\`${name}\``))).toEqual([]);
  });
});
