/** Starts the shop's subgraphs in a process of their own, and composes their supergraph. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { shopSubgraphs } from "./shop-subgraphs.ts";

export interface Shop extends Disposable {
  readonly pid: number;
  /** With the address of each subgraph. */
  readonly supergraphSdl: string;
}

export async function startShop(): Promise<Shop> {
  const child = fork(join(import.meta.dirname, "serve-shop.js"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
  const composed = composeServices(
    shopSubgraphs.map(({ name, sdl }) => ({
      name,
      typeDefs: parse(sdl),
      url: `http://127.0.0.1:${String(port)}/${name}`,
    })),
  );
  if (composed.errors !== undefined) throw new Error(composed.errors.map(({ message }) => message).join("\n"));
  return {
    pid: child.pid ?? 0,
    supergraphSdl: composed.supergraphSdl,
    [Symbol.dispose]: () => void child.kill(),
  };
}
