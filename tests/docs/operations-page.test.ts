/** The page on operations says what the program tells: the same metrics with their labels, the same events in the log. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createOpsRoutes } from "../../cli/health/ops-routes.ts";
import { logEventNames } from "../../cli/telemetry/log-event.ts";
import { openThreadMetrics } from "../../cli/telemetry/thread-metrics.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/07-operations.md"), "utf8");

function section(title: string): string {
  const start = page.indexOf(`${title}\n`);
  const end = page.slice(start + title.length).search(/^##+ /m);
  return page.slice(start, end === -1 ? undefined : start + title.length + end);
}

/** The cells of a table's rows, without their backticks. */
function rows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\| `(.*)\|$/gm)].map(([line]) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

describe("the page on operations", () => {
  it("has every metric with its type and labels, and no other", async () => {
    using metrics = openThreadMetrics({ thread: "main", platform: { sources: [] } }, { version: "1.2.3" });
    metrics.collectLag({ measure: async () => [], generation: () => 1 });
    const told = metrics.definitions().map(({ name, type, labels }) => [name, type, labels.join(", ")].join(" | "));
    const documented = rows(section("### Metrics")).map(([name, type, labels]) => [name, type, labels].join(" | "));
    expect([...documented].sort()).toEqual([...told].sort());
  });

  it("has every event of the log, and no other", () => {
    const documented = rows(section("### The log")).map(([name]) => name);
    expect(documented).toEqual([...logEventNames]);
  });

  it("has every operational route, and no other", async () => {
    const routes = createOpsRoutes({
      metrics: async () => null,
      health: () => ({ status: "ok" }),
      ready: async () => ({ status: "ok" }),
    });
    const documented = rows(section("## Watching it")).flatMap(([ask = ""]) => /^GET (\S+)$/.exec(ask)?.[1] ?? []);
    expect([...documented].sort()).toEqual([...routes.paths].sort());
  });
});
