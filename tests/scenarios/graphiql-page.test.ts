/** The page at `/` in a real browser: it asks, it subscribes, and it loads nothing from elsewhere. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { chromium, type Page } from "playwright-core";
import { startOnefold } from "../support/onefold-program.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browser = places.find((path) => existsSync(path));
const required = process.env["ONEFOLD_REQUIRE_SERVICES"] === "1";
if (browser === undefined && !required) console.warn("No Chromium on this machine: the page at / is not tested.");

/** Without these, the browser itself looks for updates and services elsewhere. */
const flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];

describe("the page at /", () => {
  (browser === undefined && !required ? it.skip : it)(
    "asks and subscribes in a browser, with its own files only",
    async () => {
      await using folder = await openTemporaryFolder();
      await using instance = await startOnefold({ dataDir: join(folder.path, "data"), args: ["--rate", "300"] });
      const opened = await chromium.launch({ executablePath: browser ?? "chromium", args: flags });
      try {
        const page = await opened.newPage();
        const foreign: string[] = [];
        page.on("request", (request) => {
          if (!request.url().startsWith(instance.url) && !/^(data|blob):/.test(request.url()))
            foreign.push(request.url());
        });
        await page.goto(instance.url);
        await pressUntil(page, '"rank"');
        await page.getByRole("tab", { name: "Live" }).click();
        await pressUntil(page, '"consumerChanged"');
        expect(foreign).toEqual([]);
      } finally {
        await opened.close();
      }
    },
    120_000,
  );
});

/** Runs the tab until the answer shows `text`: there may be no data yet, and after a change of tabs GraphiQL takes a moment. */
async function pressUntil(page: Page, text: string): Promise<void> {
  const shown = page.locator(".result-window").getByText(text).first();
  for (let seen = false; !seen;) {
    await page.click(".graphiql-execute-button");
    seen = await shown.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
  }
}
