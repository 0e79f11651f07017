/** How every EventLog deals its partitions to the members of a consumer group. */
import { describe, expect, it } from "@jest/globals";
import type { EventLog, GroupAssignment } from "../../stores/ports/event-log.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import type { EventLogAdapter } from "./event-log.contract.ts";

const all = ["a/0", "a/1", "a/2", "a/3", "b/0"];

export function consumerGroupContract(adapter: EventLogAdapter): void {
  const withLog = async (test: (log: EventLog) => Promise<void>): Promise<void> => {
    await using folder = await openTemporaryFolder();
    await using log = await adapter.open(folder.path);
    await test(log);
  };
  const start = async (log: EventLog): Promise<void> => {
    await log.createTopic("a", { partitions: 4 });
    await log.createTopic("b", { partitions: 1 });
  };

  describe(`${adapter.name}: consumer groups`, () => {
    it("gives a single member everything", () =>
      withLog(async (log) => {
        await start(log);
        const one = new Member(log, ["a", "b"]);
        const assignment = await one.current();
        expect(partitionsOf(assignment)).toEqual(all);
        one.leave();
        expect(assignment.lost.aborted).toBe(true);
      }));

    it("divides among members, and takes back before it hands over", () =>
      withLog(async (log) => {
        await start(log);
        const one = new Member(log, ["a", "b"]);
        const before = await one.current();
        const two = new Member(log, ["a", "b"]);
        const second = await two.current();
        expect(before.lost.aborted).toBe(true);
        const first = await one.current();
        expect([...partitionsOf(first), ...partitionsOf(second)].sort()).toEqual(all);
        expect(Math.abs(first.partitions.length - second.partitions.length)).toBe(1);
        expect(first.epoch).toBe(second.epoch);
        expect(first.epoch).toBeGreaterThan(before.epoch);
      }));

    it("leaves partitions where they are as far as an even share allows", () =>
      withLog(async (log) => {
        await start(log);
        const members = ["one", "two", "three"].map(() => new Member(log, ["a", "b"]));
        const [, two, three] = await settle(members);
        members[0]?.leave();
        const after = await settle(members.slice(1));
        expect(after.flatMap(partitionsOf).sort()).toEqual(all);
        expect(partitionsOf(after[0])).toEqual(expect.arrayContaining(partitionsOf(two)));
        expect(partitionsOf(after[1])).toEqual(expect.arrayContaining(partitionsOf(three)));
      }));

    it("gives a member too many nothing, and all to who remains", () =>
      withLog(async (log) => {
        await start(log);
        const members = Array.from({ length: 6 }, () => new Member(log, ["a", "b"]));
        const held = await settle(members);
        expect(held.map(({ partitions }) => partitions.length).sort()).toEqual([0, 1, 1, 1, 1, 1]);
        expect(held.flatMap(partitionsOf).sort()).toEqual(all);
        for (const each of members.slice(1)) each.leave();
        expect((await settle(members.slice(0, 1))).map(partitionsOf)).toEqual([all]);
      }));

    it("gives a partition only to who asked for its topic", () =>
      withLog(async (log) => {
        await start(log);
        const members = [new Member(log, ["a"]), new Member(log, ["b"])];
        const held = await settle(members);
        expect(held.map(partitionsOf)).toEqual([["a/0", "a/1", "a/2", "a/3"], ["b/0"]]);
      }));

    it("ends when the signal aborts, and when the log closes", () =>
      withLog(async (log) => {
        await start(log);
        const one = new Member(log, ["a"]);
        const two = new Member(log, ["a"]);
        const held = await settle([one, two], all.slice(0, 4));
        one.leave();
        expect(await one.isOver()).toBe(true);
        await log[Symbol.asyncDispose]();
        expect(await two.isOver()).toBe(true);
        expect(held.every(({ lost }) => lost.aborted)).toBe(true);
      }));
  });
}

function partitionsOf(assignment: GroupAssignment | undefined): string[] {
  return (assignment?.partitions ?? []).map(({ topic, partition }) => `${topic}/${partition}`).sort();
}

/** A member of one group. Ends with its log at the latest. */
class Member {
  readonly #stop = new AbortController();
  readonly #assignments: AsyncIterator<GroupAssignment>;
  #last: GroupAssignment | null = null;

  constructor(log: EventLog, topics: readonly string[]) {
    this.#assignments = log.join("group", topics, this.#stop.signal)[Symbol.asyncIterator]();
  }

  /** The assignment that still holds; waits for one. */
  async current(): Promise<GroupAssignment> {
    while (this.#last === null || this.#last.lost.aborted) {
      const { done, value } = await this.#assignments.next();
      if (done === true) throw new Error("the member has left");
      this.#last = value;
    }
    return this.#last;
  }

  leave(): void {
    this.#stop.abort();
  }

  /** Takes what was still offered. */
  async isOver(): Promise<boolean> {
    for (;;) if ((await this.#assignments.next()).done === true) return true;
  }
}

/** What the members hold once all of them hold something of the same epoch, and together everything. */
async function settle(
  members: readonly Member[],
  everything: readonly string[] = all,
): Promise<readonly GroupAssignment[]> {
  for (;;) {
    const held = await Promise.all(members.map((member) => member.current()));
    const found = new Set(held.flatMap(partitionsOf));
    const isWhole = everything.every((partition) => found.has(partition));
    if (isWhole && new Set(held.map(({ epoch }) => epoch)).size === 1) return held;
    // Not all have heard of the rebalance yet, or another one is to come: some of it will be lost.
    await Promise.race(held.map(({ lost }) => untilAborted(lost)));
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}
