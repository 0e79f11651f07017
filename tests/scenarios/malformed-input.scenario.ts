/** Malformed input of every kind loses nothing and stops nothing: what is good is applied, what is not is in quarantine, whole. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { askData, runOnefold, runOnefoldJson, startOnefold } from "../support/onefold-program.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

const good = (user: string): string => `${user},item-1,5,pv,1511658000`;
const hugeLine = `u-huge,item-1,5,${"x".repeat(10_000_000)},1511658000`;

/** Each bad line, and the rule that must name it. */
const badLines: readonly (readonly [line: string | Buffer, rule: string])[] = [
  [Buffer.from([0x75, 0x2c, 0xff, 0xfe, 0x2c, 0x35, 0x2c, 0x70, 0x76, 0x2c, 0x31]), "utf8"],
  [hugeLine, "too-large"],
  ["u1,item-1,5,pv", "csv"],
  ["u1,item-1,5,pv,1511658000,more", "csv"],
  [",item-1,5,pv,1511658000", "UserBehavior.userId:missing"],
  ["u1,,5,pv,1511658000", "UserBehavior.itemId:missing"],
  ["u1,item-1,5,looked,1511658000", "UserBehavior.behavior:type"],
  ["u1,item-1,5,pv,soon", "UserBehavior.ts:type"],
  ["u1,item-1,5,pv,15", "UserBehavior.ts:min"],
  ["u1,item-1,5,pv,4000000000", "UserBehavior:future"],
  ["u1,item 1,5,pv,1511658000", "UserBehavior.itemId:matches"],
  [`"u1,item-1,5,pv,1511658000`, "csv"],
];

function deep(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

export function malformedInputScenario(profile: string): void {
  describe(`${profile}: malformed input`, () => {
    it("in a file goes line by line to the quarantine, and the good lines around it are applied", async () => {
      await using folder = await openTemporaryFolder();
      const dataDir = join(folder.path, "data");
      const file = join(folder.path, "bad.csv");
      const parts: Buffer[] = [];
      const expectedLines = new Map<number, string>();
      let line = 0;
      const add = (text: string | Buffer): number => {
        parts.push(Buffer.from(text as string), Buffer.from("\n"));
        return ++line;
      };
      for (const [bad, rule] of badLines.slice(0, -1)) {
        add(good("survivor"));
        expectedLines.set(add(bad), rule);
      }
      add(good("survivor"));
      const [openQuote = "", csv = ""] = badLines.at(-1) ?? [];
      expectedLines.set(add(openQuote), csv);
      await writeFile(file, Buffer.concat(parts));

      await using instance = await startOnefold({ dataDir });
      const growing = ["ingest", "file", file, "--source", "user-behavior", "--data-dir", dataDir];
      const held = await runOnefoldJson(growing);
      expect(held).toMatchObject({ read: line - 1, note: expect.stringContaining(`from line ${line} on`) });
      const args = [...growing, "--complete"];
      const applied = badLines.length;
      const result = await runOnefoldJson(args);
      expect(held).toMatchObject({ applied, duplicates: 0, quarantined: badLines.length - 1 });
      expect(result).toMatchObject({ read: line, applied: 0, duplicates: line - 1, quarantined: 1 });
      expect(await runOnefoldJson(args)).toMatchObject({ read: line, applied: 0, duplicates: line, quarantined: 0 });
      expect(await askData(instance.url, `{ consumer(id: "survivor") { views } }`)).toEqual({
        consumer: { views: applied },
      });

      const { items } = await runOnefoldJson(["quarantine", "list", "--data-dir", dataDir]);
      const listed = items as readonly { line: number; rule: string; id: string; reason: string; file: string }[];
      expect(new Map(listed.map((item) => [item.line, item.rule]))).toEqual(expectedLines);
      const huge = listed.find(({ rule }) => rule === "too-large");
      const shown = await runOnefold(["quarantine", "show", huge?.id ?? "", "--data-dir", dataDir]);
      expect(shown.stdout).toContain("x".repeat(10_000_000));
    }, 240_000);

    it("over HTTP is answered event by event, and what cannot be cut into events is refused whole", async () => {
      await using folder = await openTemporaryFolder();
      const dataDir = join(folder.path, "data");
      await using instance = await startOnefold({ dataDir });
      const post = async (
        source: string,
        body: string | Buffer,
        type = "application/json",
      ): Promise<[number, string]> => {
        const answer = await fetch(`${instance.url}/ingest/${source}`, {
          method: "POST",
          headers: { "content-type": type },
          body: body as string,
        });
        return [answer.status, await answer.text()];
      };
      const now = Math.floor(Date.now() / 1000);
      const fine = { event_id: "1", user_id: "flo", item_id: "i", behavior: "pv", unix_seconds: now };
      const events = [
        fine,
        { ...fine, event_id: "2", behavior: "stare" },
        { ...fine, event_id: "3", unix_seconds: now + 86_400 },
        { ...fine, event_id: "4", user_id: undefined },
        "just text",
        [1, 2],
        null,
        JSON.parse(`{"__proto__": {"user_id": "flo"}, "constructor": 1}`) as unknown,
        { ...fine, event_id: "5" },
      ];
      const [status, text] = await post("user-behavior", JSON.stringify(events));
      expect(status).toBe(200);
      const { results } = JSON.parse(text) as { results: readonly { status: string }[] };
      expect(results.map((result) => result.status)).toEqual([
        "accepted",
        ...Array.from({ length: 7 }, () => "quarantined"),
        "accepted",
      ]);
      const [ndjson] = await post(
        "user-behavior",
        `${JSON.stringify({ ...fine, event_id: "6" })}\nnot json\n`,
        "application/x-ndjson",
      );
      expect(ndjson).toBe(200);
      expect((await post("user-behavior", "[{")).at(0)).toBe(400);
      expect((await post("user-behavior", deep(200_000))).at(0)).toBeLessThan(500);
      expect((await post("no-such-source", "[]")).at(0)).toBe(404);
      expect((await post("user-behavior", Buffer.alloc(40 * 1024 * 1024, 32))).at(0)).toBe(413);
      await askData(
        instance.url,
        `mutation { publishUserBehavior(event: { userId: "flo", itemId: "i", behavior: fav }) { cursor } }`,
      );
      expect(await askData(instance.url, `{ consumer(id: "flo") { views favourites } }`)).toEqual({
        consumer: { views: 3, favourites: 1 },
      });
      const { items } = await runOnefoldJson(["quarantine", "list", "--data-dir", dataDir]);
      expect((items as readonly unknown[]).length).toBeGreaterThanOrEqual(8);
    }, 240_000);

    it("in whole files is told in one line: empty, missing, a folder, cut gzip, unknown source", async () => {
      await using folder = await openTemporaryFolder();
      const dataDir = join(folder.path, "data");
      const empty = join(folder.path, "empty.csv");
      const cut = join(folder.path, "cut.csv.gz");
      const packed = gzipSync(Array.from({ length: 5000 }, (_, i) => good(`u${String(i)}`)).join("\n"));
      await writeFile(empty, "");
      await writeFile(cut, packed.subarray(0, packed.length - 100));
      await using instance = await startOnefold({ dataDir });
      const ingest = (path: string, source = "user-behavior"): Promise<{ code: number | null; stderr: string }> =>
        runOnefold(["ingest", "file", path, "--source", source, "--data-dir", dataDir]);
      expect(
        await runOnefoldJson(["ingest", "file", empty, "--source", "user-behavior", "--data-dir", dataDir]),
      ).toMatchObject({
        read: 0,
        applied: 0,
      });
      for (const [path, source, words] of [
        [join(folder.path, "absent.csv"), "user-behavior", "absent.csv"],
        [folder.path, "user-behavior", folder.path],
        [cut, "user-behavior", "cut.csv.gz"],
        [empty, "user-behaviour", "user-behavior"],
      ] as const) {
        const { code, stderr } = await ingest(path, source);
        expect(code).not.toBe(0);
        expect(stderr).toContain(words);
        expect(stderr).not.toMatch(/^\s+at /m);
      }
      expect((await fetch(`${instance.url}/health`)).status).toBe(200);
    }, 240_000);
  });
}
