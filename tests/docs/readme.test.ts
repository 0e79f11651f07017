/** The README's commands work as they are written there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readDocumentedSteps } from "../support/documented-steps.ts";
import { canRunPages, runDocumentedSteps } from "../support/run-documented-steps.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

const page = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

describe("the README", () => {
  const steps = readDocumentedSteps(page);

  it("shows the two commands, and a query with its answer, on its first screen", () => {
    const first = page.split("\n").slice(0, 60).join("\n");
    for (const text of ["npm start", "npm test", "curl", "http://127.0.0.1:4000/", '"data"']) {
      expect(first).toContain(text);
    }
  });

  // Without curl there is nothing to run the page's commands with.
  (canRunPages() ? it : it.skip)(
    "leads from the start to a query, a subscription, a push and a file",
    async () => {
      await using folder = await openTemporaryFolder();
      await runDocumentedSteps(steps, { folder: folder.path });
    },
    120_000,
  );
});
