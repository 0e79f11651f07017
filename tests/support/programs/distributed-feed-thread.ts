/** A thread that opens the same distributed change feed as the test, and posts the batches that it is given. */
import { parentPort, workerData } from "node:worker_threads";
import { openFeedOfFolder } from "../distributed-change-feed.ts";

const { path, until } = workerData as { readonly path: string; readonly until: number };
await using feed = await openFeedOfFolder(path);
const over = new AbortController();
const batches = feed.subscribe({ after: { "events/0": 0 }, signal: over.signal });
parentPort?.on("message", () => {});
parentPort?.postMessage("following");
for await (const { from, to, entities } of batches) {
  parentPort?.postMessage({ from, to, entities });
  if (to >= until) over.abort();
}
parentPort?.close();
