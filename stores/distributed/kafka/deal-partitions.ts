/** Who of a group's members gets which partitions: evenly, and each stays with its holder as far as that is even. */

export interface GroupMemberClaim {
  readonly id: string;
  readonly topics: readonly string[];
  /** What it holds, by topic. */
  readonly held: Readonly<Record<string, readonly number[]>>;
  /** The generation in which it got that. */
  readonly generation: number;
}

export type Deal = ReadonlyMap<string, readonly (readonly [topic: string, partition: number])[]>;

/** `partitions`: how many each topic has. The same for the same members in whatever order. */
export function dealPartitions(
  members: readonly GroupMemberClaim[],
  partitions: Readonly<Record<string, number>>,
): Deal {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const dealt = new Map<string, [string, number][]>(sorted.map(({ id }) => [id, []]));
  const free = Object.keys(partitions)
    .sort()
    .flatMap((topic) => Array.from({ length: partitions[topic] ?? 0 }, (_, at) => [topic, at] as [string, number]))
    .filter(([topic]) => sorted.some(({ topics }) => topics.includes(topic)));
  const share = Math.floor(free.length / Math.max(1, sorted.length));
  let larger = free.length % Math.max(1, sorted.length);
  const holders = holdersOf(sorted);
  const left: [string, number][] = [];
  for (const place of free) {
    const holder = holders.get(place.join("/"));
    const mine = holder === undefined ? undefined : dealt.get(holder.id);
    if (mine === undefined || holder?.topics.includes(place[0]) !== true) left.push(place);
    else if (mine.length < share) mine.push(place);
    else if (mine.length === share && larger > 0) {
      larger--;
      mine.push(place);
    } else left.push(place);
  }
  for (const place of left) {
    const takers = sorted.filter(({ topics }) => topics.includes(place[0]));
    const count = ({ id }: GroupMemberClaim): number => dealt.get(id)?.length ?? 0;
    const poorest = takers.reduce((a, b) => (count(b) < count(a) ? b : a));
    dealt.get(poorest.id)?.push(place);
  }
  return dealt;
}

/** Of two who claim the same, the younger claim counts. */
function holdersOf(members: readonly GroupMemberClaim[]): ReadonlyMap<string, GroupMemberClaim> {
  const holders = new Map<string, GroupMemberClaim>();
  for (const member of members) {
    for (const [topic, partitions] of Object.entries(member.held)) {
      for (const partition of partitions) {
        const place = `${topic}/${partition}`;
        if ((holders.get(place)?.generation ?? -1) < member.generation) holders.set(place, member);
      }
    }
  }
  return holders;
}
