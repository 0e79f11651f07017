/** Makes one Redis cluster of servers that know nothing of each other. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

export interface ClusterNode {
  readonly host: string;
  readonly port: number;
  /** Where nodes talk to each other. */
  readonly bus: number;
}

const SLOTS = 16_384;
const MASTERS = 3;
const FORM_TIMEOUT_MS = 20_000;

/**
 * Shares the slots among the first three nodes; each other node is a replica of one of them. Resolves when every node
 * says that all slots are served. Nodes that already share the slots are left as they are.
 */
export async function formRedisCluster(nodes: readonly ClusterNode[]): Promise<void> {
  const clients = nodes.map(({ host, port }) => new Redis({ host, port, retryStrategy: () => null }));
  for (const client of clients) client.on("error", () => {});
  try {
    const masters = clients.slice(0, MASTERS);
    const known = await Promise.all(clients.map(stateOf));
    if (known.every(({ slots }) => slots === 0)) await meet(nodes, clients);
    await until(async () => {
      const states = await Promise.all(clients.map(stateOf));
      return states.every(({ isOk, slots, nodes: count }) => isOk && slots === SLOTS && count === nodes.length);
    });
    if (known.every(({ slots }) => slots === 0)) await follow(clients.slice(MASTERS), masters);
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Resolves when a node that came back is in touch with the others, and serves. */
export async function untilServing({ host, port }: ClusterNode): Promise<void> {
  const client = new Redis({ host, port, retryStrategy: () => null });
  client.on("error", () => {});
  try {
    await until(async () => (await stateOf(client)).isOk);
  } finally {
    client.disconnect();
  }
}

async function meet(nodes: readonly ClusterNode[], clients: readonly Redis[]): Promise<void> {
  const [first] = clients;
  for (let master = 0; master < MASTERS; master++) {
    const start = Math.floor((master * SLOTS) / MASTERS);
    const end = Math.floor(((master + 1) * SLOTS) / MASTERS) - 1;
    await clients[master]?.cluster("ADDSLOTSRANGE", start, end);
    // Different epochs from the start: none has to be settled among the nodes.
    await clients[master]?.call("CLUSTER", "SET-CONFIG-EPOCH", String(master + 1));
  }
  for (const { host, port, bus } of nodes.slice(1)) {
    await first?.call("CLUSTER", "MEET", host, String(port), String(bus));
  }
}

async function follow(replicas: readonly Redis[], masters: readonly Redis[]): Promise<void> {
  for (const [at, replica] of replicas.entries()) {
    const master = String(await masters[at % MASTERS]?.call("CLUSTER", "MYID"));
    // A node can follow only whom it has heard of.
    await until(() => replica.call("CLUSTER", "REPLICATE", master).then(...answered));
    await until(async () => (await replica.info("replication")).includes("master_link_status:up"));
  }
}

const answered = [(): boolean => true, (): boolean => false] as const;

interface NodeState {
  readonly isOk: boolean;
  readonly slots: number;
  readonly nodes: number;
}

async function stateOf(client: Redis): Promise<NodeState> {
  const text = await client.cluster("INFO");
  const numberOf = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(text)?.[1] ?? 0);
  return {
    isOk: text.includes("cluster_state:ok"),
    slots: numberOf("cluster_slots_assigned"),
    nodes: numberOf("cluster_known_nodes"),
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + FORM_TIMEOUT_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error("The Redis nodes did not become one cluster in time.");
    await sleep(50);
  }
}
