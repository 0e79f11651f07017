/** Replays from outside: a rebuild beside the serving models changes no answer, and a changed declaration is built from history. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { askData, runOnefoldJson, startOnefold } from "../support/onefold-program.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { userBehaviorLines, writeUserBehavior } from "../support/write-user-behavior.ts";

const counters = "views carts favourites purchases lastSeenAt lastBehavior";
const question = `{
  a: consumer(id: "1001") { id ${counters} recent { edges { cursor node { itemId ts } } } }
  b: consumer(id: "1002") { id ${counters} activity(every: MINUTE, from: "2017-11-26T00:00:00Z", to: "2017-11-27T00:00:00Z") { bucket views } }
  hotItems(every: HOUR, at: "2017-11-26T01:30:00Z", first: 50) { rank views item { id visitors views } }
}`;

export function rebuildScenario(profile: string): void {
  describe(`${profile}: a rebuild`, () => {
    it("gives the same answers, bit for bit, and goes on under live traffic", async () => {
      await using folder = await openTemporaryFolder();
      const dataDir = join(folder.path, "data");
      const file = join(folder.path, "behavior.csv");
      await writeUserBehavior(file, userBehaviorLines(4_000, 5));
      await using instance = await startOnefold({ dataDir, args: ["--rate", "100"] });
      await runOnefoldJson(["ingest", "file", file, "--source", "user-behavior", "--data-dir", dataDir]);
      const before = await askData(instance.url, question);
      expect(before["hotItems"]).toHaveLength(50);
      const replay = await runOnefoldJson(["replay", "--data-dir", dataDir]);
      expect(replay["generation"]).toBeGreaterThan(1);
      expect(await askData(instance.url, question)).toEqual(before);
      const again = await runOnefoldJson(["ingest", "file", file, "--source", "user-behavior", "--data-dir", dataDir]);
      expect(again).toMatchObject({ applied: 0, duplicates: 4_000 });
      expect(await askData(instance.url, question)).toEqual(before);
    }, 240_000);

    it("fills a newly declared metric from all events that ever came", async () => {
      await using folder = await openTemporaryFolder();
      const dataDir = join(folder.path, "data");
      const domains = join(folder.path, "domains");
      const file = join(folder.path, "behavior.csv");
      const lines = userBehaviorLines(2_000, 6);
      await writeUserBehavior(file, lines);
      for (const name of ["consumer", "enterprise", "content"]) {
        await cp(join(import.meta.dirname, `../../schema/${name}.graphql`), join(domains, `${name}.graphql`));
      }
      {
        await using instance = await startOnefold({ dataDir, domains });
        await runOnefoldJson([
          "ingest",
          "file",
          file,
          "--source",
          "user-behavior",
          "--data-dir",
          dataDir,
          "--domains",
          domains,
        ]);
        expect(await instance.stop()).toBe(0);
      }
      const consumer = join(domains, "consumer.graphql");
      const text = await readFile(consumer, "utf8");
      const added = '  touches: Count! @count(of: "UserBehavior")\n  "Page views in the last 24 hours."';
      await writeFile(consumer, text.replace('  "Page views in the last 24 hours."', added));
      await using instance = await startOnefold({ dataDir, domains });
      const user = lines[0]?.split(",")[0] ?? "";
      const touches = lines.filter((line) => line.startsWith(`${user},`)).length;
      expect(await askData(instance.url, `{ consumer(id: "${user}") { touches } }`)).toEqual({ consumer: { touches } });
    }, 240_000);
  });
}
