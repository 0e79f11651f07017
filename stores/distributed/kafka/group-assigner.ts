/** Deals a group's partitions as the group's leader, by what each member wants and holds. */
import { AssignerProtocol, type Assigner, type Cluster, type PartitionAssigner } from "kafkajs";
import { dealPartitions, type GroupMemberClaim } from "./deal-partitions.ts";

export type HeldPartitions = Readonly<Record<string, readonly number[]>>;

/** What a member tells of itself when it joins. */
export interface MemberHolding {
  readonly generation: number;
  readonly held: HeldPartitions;
}

const protocol = "onefold-sticky";
const version = 0;

/** `holding` is asked at each join of this member. */
export function groupAssigner(holding: () => MemberHolding): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: protocol,
    version,
    protocol: ({ topics }) => ({
      name: protocol,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version,
        topics,
        userData: Buffer.from(JSON.stringify(holding())),
      }),
    }),
    assign: async ({ members }) => {
      const claims = members.map(({ memberId, memberMetadata }) => claimOf(memberId, memberMetadata));
      const dealt = dealPartitions(claims, await partitionCounts(cluster, claims));
      return claims.map(({ id }) => ({
        memberId: id,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment: byTopic(dealt.get(id) ?? []),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

function claimOf(id: string, bytes: Buffer): GroupMemberClaim {
  const metadata = AssignerProtocol.MemberMetadata.decode(bytes);
  if (metadata === null) return { id, topics: [], held: {}, generation: -1 };
  const holding = JSON.parse(metadata.userData.toString()) as MemberHolding;
  return { id, topics: metadata.topics, ...holding };
}

/** Members may want topics that the leader does not. */
async function partitionCounts(cluster: Cluster, claims: readonly GroupMemberClaim[]): Promise<Record<string, number>> {
  const topics = [...new Set(claims.flatMap((claim) => claim.topics))];
  await cluster.addMultipleTargetTopics(topics);
  return Object.fromEntries(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]));
}

function byTopic(places: readonly (readonly [string, number])[]): Record<string, number[]> {
  const topics: Record<string, number[]> = {};
  for (const [topic, partition] of places) (topics[topic] ??= []).push(partition);
  return topics;
}
