/** The file source on a real file of user behaviour, where one is at hand: `ONEFOLD_USER_BEHAVIOR` names it. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { expect, it } from "@jest/globals";
import { ingestFile } from "../../../../ingest/sources/file/index.ts";
import { isRejection } from "../../../../ingest/standardize/rejection.ts";
import { createStandardizer } from "../../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../../ingest/standardize/text-hash.ts";
import { createMemoryEventLog } from "../../../../stores/memory/event-log.ts";
import { samplePlatform } from "../sample-platform.ts";

const path = process.env.ONEFOLD_USER_BEHAVIOR ?? "";
/** The file's terms do not allow to keep it in the repository. */
const withFile = path === "" ? it.skip : it;

withFile("takes each line of the real file once, and refuses the one that is cut off", async () => {
  const platform = await samplePlatform();
  const source = platform.sources.find(({ name }) => name === "user-behavior");
  if (source === undefined) throw new Error("The sample domains have lost a source.");
  const log = createMemoryEventLog();
  const lines = gunzipSync(await readFile(path))
    .toString()
    .split("\n");
  const deps = { log, platform, source, path, clock: () => Date.UTC(2026, 0, 1) };
  expect(await ingestFile(deps)).toMatchObject({ read: lines.length, appended: lines.length, skipped: 0 });
  expect(await ingestFile(deps)).toMatchObject({ read: lines.length, appended: 0, skipped: lines.length });
  const records = [...(await log.read(source.topic, 0, 0, { maxRecords: 1e9, maxBytes: 1e9 })).records];
  expect(records.map(({ value }) => Buffer.from(value).toString())).toEqual(lines);
  const standardizer = createStandardizer(platform, { hash: await createTextHash() });
  const rejected = records.filter((record) => isRejection(standardizer.standardize(source.topic, 0, record)));
  expect(rejected.map(({ sequence }) => sequence)).toEqual([lines.length]);
});
