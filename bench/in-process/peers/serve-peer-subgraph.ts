/**
 * One domain as a subgraph by hand, in a process of its own: Apollo Server as its documentation starts it, dataloader, ioredis.
 * Takes the domain, the address of Redis and its own port as arguments.
 */
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { parse } from "graphql";
import { Redis } from "ioredis";
import { buildSchema } from "../../../subgraphs/runtime/build-schema.ts";
import { printSubgraph } from "../../../subgraphs/sdl/print-subgraph.ts";
import { benchPlatform } from "../data/bench-platform.ts";
import { HASHES_DB } from "../data/redis-databases.ts";
import { peerResolvers, type PeerContext } from "./peer-resolvers.ts";
import { createHashReads } from "./read-hashes.ts";

const [domain = "", host = "", redisPort = "", port = ""] = process.argv.slice(2);
const redis = new Redis({ host, port: Number(redisPort), db: HASHES_DB });
const typeDefs = parse(printSubgraph(await benchPlatform(), domain));
const schema = buildSchema(typeDefs, { ...peerResolvers[domain] });
const server = new ApolloServer<PeerContext>({ schema });
await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: Number(port) },
  context: () => Promise.resolve({ reads: createHashReads(redis) }),
});
