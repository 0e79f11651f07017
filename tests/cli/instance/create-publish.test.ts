/** A mutation's event: refused before it is written, answered when reads see it, and safe when that takes too long. */
import { describe, expect, it } from "@jest/globals";
import { createPublish } from "../../../cli/instance/create-publish.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryEngine } from "../../support/memory-engine.ts";

const platform = samplePlatform();
const userBehavior = platform.events.find(({ name }) => name === "UserBehavior");
if (userBehavior === undefined) throw new Error("The samples have no UserBehavior.");
const raw = { user_id: "1", item_id: "2", behavior: "pv", unix_seconds: "2020-01-01T00:00:00Z" };

describe("publishing", () => {
  it("is answered when the state includes the event", async () => {
    await using engine = await openMemoryEngine(platform, { partitions: 3 });
    const outcome = await createPublish(engine)(userBehavior, { ...raw, event_id: "mine" }, "state");
    if (outcome.kind !== "applied") throw new Error(JSON.stringify(outcome));
    expect(outcome.eventId).toBe("mine");
    expect(Object.values(outcome.cursor)).toEqual([1]);
    const read = { generation: 1, entity: "Consumer", keys: ["member:1"], fields: ["views"] };
    expect((await engine.state.read(read)).entities[0]?.get("views")).toEqual({ operation: "add", amount: 1 });
  });

  it("gives an event without an id the one that ingest gives it", async () => {
    await using engine = await openMemoryEngine(platform);
    const publish = createPublish(engine);
    await publish(userBehavior, raw, "all");
    expect(await publish(userBehavior, raw, "state")).toMatchObject({ kind: "applied", eventId: "0-1" });
  });

  it("refuses what breaks a rule, and writes nothing of it", async () => {
    await using engine = await openMemoryEngine(platform);
    const outcome = await createPublish(engine)(userBehavior, { ...raw, user_id: "a b" }, "state");
    expect(outcome).toMatchObject({ kind: "rejected", rule: "UserBehavior.userId:matches" });
    expect(await engine.log.ranges(userBehavior.topic)).toEqual([{ partition: 0, start: 0, end: 0 }]);
  });

  it("gives the cursor to wait for when its effect takes too long", async () => {
    await using engine = await openMemoryEngine(platform);
    await engine.pauseIngest();
    const outcome = await createPublish(engine, { timeoutMs: 5 })(userBehavior, raw, "state");
    expect(outcome).toMatchObject({ kind: "timeout", cursor: { [`${userBehavior.topic}/0`]: 1 } });
  });
});
