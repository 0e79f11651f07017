/** The tutorial works as it is written: every command is run, and what it prints is what the page says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readDocumentedSteps } from "../support/documented-steps.ts";
import { canRunPages, runDocumentedSteps } from "../support/run-documented-steps.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/tutorial.md"), "utf8");

describe("the tutorial", () => {
  const steps = readDocumentedSteps(page);

  it("has commands, and says what they print", () => {
    const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
    expect(count("run")).toBeGreaterThan(8);
    expect(count("expect")).toBeGreaterThan(8);
    expect([count("start"), count("stop"), count("file")]).toEqual([2, 1, 2]);
  });

  // Without curl there is nothing to run the page's commands with.
  (canRunPages() ? it : it.skip)(
    "leads a reader from an empty folder to live answers, word by word",
    async () => {
      await using folder = await openTemporaryFolder();
      await runDocumentedSteps(steps, { folder: folder.path });
    },
    120_000,
  );
});
