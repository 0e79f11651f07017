/** Membership of a consumer group for as long as it is wanted: after a crash the member joins anew. */
import { setTimeout as wait } from "node:timers/promises";
import type { GroupAssignment } from "../../ports/event-log.ts";
import { GroupMember, type GroupMemberOptions } from "./group-member.ts";
import { operationTimeoutMs } from "./kafka-client-config.ts";
import { protocolErrorOf, refusalOf, unavailable, unknownTopic } from "./kafka-errors.ts";

export interface JoinOptions extends GroupMemberOptions {
  /** Where this process reads, for the group's committed offsets. */
  readonly positions: () => readonly { readonly topic: string; readonly partition: number; readonly offset: number }[];
  /** Gets each member's way out of the group, until it is out, or was not answered for too long. */
  readonly leaving: Set<Promise<void>>;
}

const retryPauseMs = 200;
const commitEveryMs = 5000;
/** A coordinator that does not answer is not waited for any longer. */
const leaveLimitMs = 5000;

/**
 * Yields what this member holds, again after each rebalance, until `signal` aborts: then it leaves the group.
 * @throws STORE_UNAVAILABLE when joining fails for too long, INTERNAL for a topic that does not exist
 */
export async function* joinGroup(join: JoinOptions, signal: AbortSignal): AsyncGenerator<GroupAssignment> {
  let failingSince: number | null = null;
  while (!signal.aborted) {
    const member = new GroupMember(join);
    let failure: unknown = null;
    try {
      yield* assignmentsOf(member, join, signal);
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    if (member.hasJoined) failingSince = null;
    failingSince ??= performance.now();
    const what = `Joining group ${join.group}`;
    if (protocolErrorOf(failure) === "UNKNOWN_TOPIC_OR_PARTITION") throw unknownTopic(join.topics.join(", "));
    const refusal = refusalOf(what, failure);
    if (refusal !== null) throw refusal;
    if (performance.now() - failingSince > operationTimeoutMs(join.options)) throw unavailable(what, failure);
    await wait(retryPauseMs);
  }
}

/** Ends with the member's crash, which it throws, or with the signal. */
async function* assignmentsOf(
  member: GroupMember,
  join: JoinOptions,
  signal: AbortSignal,
): AsyncGenerator<GroupAssignment> {
  let leaving: Promise<void> | undefined;
  // Also while nobody asks for the next assignment.
  const leave = (): Promise<void> => {
    if (leaving !== undefined) return leaving;
    const out = leaveInTime(member).finally(() => join.leaving.delete(out));
    join.leaving.add(out);
    return (leaving = out);
  };
  const onAbort = (): void => void leave();
  signal.addEventListener("abort", onAbort);
  const commits = setInterval(() => void member.commit(join.positions()).catch(() => {}), commitEveryMs);
  commits.unref();
  const started: { failure: unknown } = { failure: null };
  void member.start().catch((error: unknown) => {
    started.failure = error;
    member.bell.ring();
  });
  try {
    for (;;) {
      const seen = member.bell.count;
      if (signal.aborted) return;
      if (started.failure !== null) throw asError(started.failure);
      if (member.crash !== null) throw member.crash;
      const { offered } = member;
      member.offered = null;
      if (offered === null) await member.bell.wait(seen, { signal });
      else yield offered;
    }
  } finally {
    clearInterval(commits);
    signal.removeEventListener("abort", onAbort);
    await leave();
  }
}

async function leaveInTime(member: GroupMember): Promise<void> {
  await Promise.race([member.leave().catch(() => {}), wait(leaveLimitMs, undefined, { ref: false })]);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
