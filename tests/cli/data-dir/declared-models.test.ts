/** No passing command rebuilds the models of other declarations. */
import { describe, expect, it } from "@jest/globals";
import { noteDeclared, refuseOtherDeclarations } from "../../../cli/data-dir/declared-models.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

describe("the declarations of a data directory", () => {
  it("are known to it, and others are refused with the folder to name", async () => {
    await using folder = await openTemporaryFolder();
    const platform = samplePlatform();
    await refuseOtherDeclarations(folder.path, platform, "schema");
    await noteDeclared(folder.path, platform, "/srv/domains");
    await refuseOtherDeclarations(folder.path, platform, "/a/copy");
    const other = { ...platform, fingerprint: "other" };
    await expect(refuseOtherDeclarations(folder.path, other, "schema")).rejects.toMatchObject({
      code: "MODEL_CHANGED",
      message: expect.stringContaining("built from /srv/domains"),
    });
    await noteDeclared(folder.path, other, "schema");
    await refuseOtherDeclarations(folder.path, other, "schema");
  });
});
