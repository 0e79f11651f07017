/** Consumer groups within one process: who of a group's members holds which partitions. For adapters without servers. */
import { Doorbell } from "./doorbell.ts";
import type { GroupAssignment } from "./event-log.ts";

export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
}

interface Member {
  /** What it wants: all partitions of the topics it named. */
  readonly wanted: readonly GroupPartition[];
  readonly bell: Doorbell;
  held: readonly GroupPartition[];
  /** The newest assignment, until the member took it. Older ones are lost before it is made. */
  offered: GroupAssignment | null;
  lost: AbortController;
}

interface Group {
  epoch: number;
  readonly members: Set<Member>;
}

/**
 * Deals partitions out evenly, and each stays with its holder as long as that is even. With each member that joins or
 * leaves, the epoch grows and every assignment of the group is lost **before** a new one is offered, so that no partition
 * has two holders. A member that is slow to ask sees only the newest assignment.
 */
export class GroupCoordinator {
  readonly #groups = new Map<string, Group>();

  /** Joins at the first `next()`; leaves when `signal` aborts or the iterator is closed. */
  async *join(name: string, wanted: readonly GroupPartition[], signal: AbortSignal): AsyncGenerator<GroupAssignment> {
    if (signal.aborted) return;
    const group = this.#group(name);
    const member: Member = { wanted, bell: new Doorbell(), held: [], offered: null, lost: new AbortController() };
    const leave = (): void => {
      if (!group.members.delete(member)) return;
      member.lost.abort();
      rebalance(group);
    };
    signal.addEventListener("abort", leave);
    group.members.add(member);
    rebalance(group);
    try {
      while (group.members.has(member)) {
        const seen = member.bell.count;
        const { offered } = member;
        member.offered = null;
        if (offered === null) await member.bell.wait(seen, { signal });
        else yield offered;
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  /** Kept even when empty, so that its epoch never goes back. */
  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group: Group = { epoch: 0, members: new Set() };
    this.#groups.set(name, group);
    return group;
  }
}

function rebalance(group: Group): void {
  const members = [...group.members];
  for (const member of members) member.lost.abort();
  group.epoch++;
  const dealt = deal(members);
  for (const member of members) {
    member.held = dealt.get(member) ?? [];
    member.lost = new AbortController();
    member.offered = { epoch: group.epoch, partitions: member.held, lost: member.lost.signal };
    member.bell.ring();
  }
}

/** Every wanted partition to one member that wants it: first to its holder while that is no more than a fair share. */
function deal(members: readonly Member[]): ReadonlyMap<Member, readonly GroupPartition[]> {
  const dealt = new Map<Member, GroupPartition[]>(members.map((member) => [member, []]));
  const partitions = new Map(members.flatMap((member) => member.wanted.map((wanted) => [nameOf(wanted), wanted])));
  const share = Math.floor(partitions.size / members.length);
  let larger = partitions.size % members.length;
  for (const member of members) {
    const mayKeep = member.held.length > share && larger-- > 0 ? share + 1 : share;
    for (const partition of member.held) {
      if ((dealt.get(member)?.length ?? 0) >= mayKeep) break;
      if (partitions.delete(nameOf(partition))) dealt.get(member)?.push(partition);
    }
  }
  for (const [name, partition] of partitions) {
    const takers = members.filter((member) => member.wanted.some((wanted) => nameOf(wanted) === name));
    const poorest = takers.reduce((a, b) => ((dealt.get(b)?.length ?? 0) < (dealt.get(a)?.length ?? 0) ? b : a));
    dealt.get(poorest)?.push(partition);
  }
  return dealt;
}

function nameOf(partition: GroupPartition): string {
  return `${partition.topic}/${partition.partition}`;
}
