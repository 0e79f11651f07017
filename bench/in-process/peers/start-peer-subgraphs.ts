/** Starts the subgraphs by hand, a process each, and composes their supergraph. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { printSubgraph } from "../../../subgraphs/sdl/print-subgraph.ts";
import { freePort } from "../../free-port.ts";
import { benchPlatform } from "../data/bench-platform.ts";

export interface PeerSubgraphs extends AsyncDisposable {
  readonly pids: readonly number[];
  /** A file, with the address of each subgraph. */
  readonly supergraph: string;
}

const READY_WITHIN_MS = 30_000;

/** `redis`: `host:port`. `folder`: an empty one for the supergraph. */
export async function startPeerSubgraphs(redis: string, folder: string): Promise<PeerSubgraphs> {
  const platform = await benchPlatform();
  const children: ChildProcess[] = [];
  const killWithBench = (): void => children.forEach((child) => void child.kill("SIGKILL"));
  process.on("exit", killWithBench);
  const services = [];
  for (const { name } of platform.domains) {
    const port = await freePort();
    const program = join(import.meta.dirname, "serve-peer-subgraph.js");
    const env = { ...process.env, NODE_ENV: "production" };
    const args = [program, name, ...redis.split(":"), String(port)];
    children.push(spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] }));
    const url = `http://127.0.0.1:${String(port)}/`;
    await untilAnswers(url);
    services.push({ name, typeDefs: parse(printSubgraph(platform, name)), url });
  }
  const composed = composeServices(services);
  if (composed.errors !== undefined) throw new Error(composed.errors.map(({ message }) => message).join("\n"));
  const supergraph = join(folder, "supergraph.graphql");
  await writeFile(supergraph, composed.supergraphSdl);
  return {
    pids: children.map(({ pid }) => pid ?? 0),
    supergraph,
    async [Symbol.asyncDispose]() {
      process.off("exit", killWithBench);
      for (const child of children) {
        child.kill("SIGTERM");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
    },
  };
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: '{"query":"{ __typename }"}' }).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    if (performance.now() > deadline) throw new Error("A subgraph of the peers does not start.");
    await sleep(100);
  }
}
