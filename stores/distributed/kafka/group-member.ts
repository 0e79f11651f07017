/**
 * One membership of a consumer group. The client's consumer keeps the membership only: all its partitions are paused, and
 * records are read by the process's own reader, so that heartbeats go on however long the work on a batch takes.
 *
 * ```text
 *  joining ── joined, then heard by the coordinator ──> holding ── rebalance, silence, crash, leaving ──> lost
 *     ▲                                                                                                    │
 *     └────────────────────────────────────────────────────────────────────────────────────────────────────┘
 * ```
 */
import { Kafka, type Consumer } from "kafkajs";
import { Doorbell } from "../../ports/doorbell.ts";
import type { GroupAssignment } from "../../ports/event-log.ts";
import { groupAssigner, type HeldPartitions } from "./group-assigner.ts";
import { kafkaClientConfig, sessionTimeoutMs } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";

export interface GroupMemberOptions {
  readonly options: KafkaOptions;
  /** Names of the cluster. */
  readonly group: string;
  readonly topics: readonly string[];
}

/** Names of topics are those of the cluster. */
export type MemberAssignment = GroupAssignment;

const heartbeatMs = 150;
const idleSleepMs = 50;
const retry = { initialRetryTime: 100, multiplier: 1.5, maxRetryTime: 500 };

/** Lives until its consumer has crashed or it leaves: then a new one is to be made. */
export class GroupMember {
  /** Rings when there is a new assignment, or the end. */
  readonly bell = new Doorbell();
  /** The newest assignment, until it is taken. */
  offered: MemberAssignment | null = null;
  hasJoined = false;
  /** Why it crashed. */
  crash: Error | null = null;
  readonly #options: GroupMemberOptions;
  readonly #consumer: Consumer;
  readonly #sessionMs: number;
  readonly #watch: NodeJS.Timeout;
  #starting: Promise<void> | null = null;
  #held: HeldPartitions = {};
  #generation = -1;
  /** Assigned, though perhaps not yet offered. */
  #isAssigned = false;
  #lost = new AbortController();
  #heardAt = 0;

  constructor(member: GroupMemberOptions) {
    this.#options = member;
    this.#sessionMs = sessionTimeoutMs(member.options);
    this.#lost.abort();
    this.#consumer = new Kafka(kafkaClientConfig(member.options)).consumer({
      groupId: member.group,
      allowAutoTopicCreation: false,
      sessionTimeout: this.#sessionMs,
      rebalanceTimeout: this.#sessionMs,
      heartbeatInterval: Math.min(heartbeatMs, this.#sessionMs / 4),
      maxWaitTimeInMs: idleSleepMs,
      partitionAssigners: [groupAssigner(() => ({ generation: this.#generation, held: this.#held }))],
      // As long as the session may live, the same member comes back; a new one would have to wait for its end.
      retry: {
        ...retry,
        retries: Math.ceil(this.#sessionMs / retry.maxRetryTime),
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    this.#listen();
    this.#watch = setInterval(() => this.#checkSession(), heartbeatMs);
    this.#watch.unref();
  }

  /** Resolves when it has joined, or crashed at that. @throws what keeps it from trying */
  async start(): Promise<void> {
    this.#starting = this.#join();
    await this.#starting;
  }

  /** Positions for people who watch the lag: nothing is read from where they stand. */
  async commit(
    positions: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  ): Promise<void> {
    const mine = positions.filter(({ topic, partition }) => this.#held[topic]?.includes(partition) === true);
    if (mine.length === 0 || this.#lost.signal.aborted) return;
    await this.#consumer.commitOffsets(mine.map((each) => ({ ...each, offset: String(each.offset) })));
  }

  /** What it held is lost at once; the group hears of it as soon as the coordinator answers. */
  async leave(): Promise<void> {
    clearInterval(this.#watch);
    this.#lose();
    // A consumer that is stopped while it joins for the first time would go on by itself.
    await this.#starting?.catch(() => {});
    await this.#consumer.disconnect();
  }

  async #join(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics] });
    await this.#consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  }

  #listen(): void {
    const consumer = this.#consumer;
    const { GROUP_JOIN, HEARTBEAT, REBALANCING, CRASH, DISCONNECT } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#lose();
      this.#held = payload.memberAssignment;
      consumer.pause(Object.keys(this.#held).map((topic) => ({ topic })));
      this.#isAssigned = true;
      this.hasJoined = true;
    });
    // The first to tell the generation, and that the coordinator takes this member for a holder.
    consumer.on(HEARTBEAT, ({ payload }) => this.#heard(payload.groupGenerationId));
    consumer.on(REBALANCING, () => {
      this.#isAssigned = false;
      this.#lose();
    });
    consumer.on(CRASH, ({ payload }) => this.#end(payload.error));
    consumer.on(DISCONNECT, () => this.#lose());
  }

  #heard(generation: number): void {
    this.#heardAt = performance.now();
    this.#generation = generation;
    if (!this.#isAssigned || !this.#lost.signal.aborted || this.crash !== null) return;
    this.#lost = new AbortController();
    const partitions = Object.entries(this.#held).flatMap(([topic, numbers]) =>
      [...numbers].sort((a, b) => a - b).map((partition) => ({ topic, partition })),
    );
    this.offered = { epoch: generation, partitions, lost: this.#lost.signal };
    this.bell.ring();
  }

  /** Who has not been heard for a session's time must take it that its partitions are another's, as after a long stop. */
  #checkSession(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs > this.#sessionMs - heartbeatMs) this.#lose();
  }

  #end(error: Error): void {
    this.crash = error;
    this.#isAssigned = false;
    this.#lose();
    this.bell.ring();
  }

  #lose(): void {
    this.offered = null;
    this.#lost.abort();
  }
}
