/** Apollo Gateway behind Apollo Server, as their documentation starts them. It has nothing that shares reads or queries. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { folderOfPeer, installPackages } from "./install-packages.ts";

const packages = { "@apollo/gateway": "2.14.4", "@apollo/server": "5.5.1", graphql: "16.15.0" };

const program = `import { readFileSync } from "node:fs";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
const [supergraph, port] = process.argv.slice(2);
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraph, "utf8") });
await startStandaloneServer(new ApolloServer({ gateway }), { listen: { host: "127.0.0.1", port: Number(port) } });
`;

export const apolloGateway: Contender = {
  name: "apollo",
  label: `Apollo Gateway ${packages["@apollo/gateway"]}`,
  tiers: ["none"],
  prepare: () => installPackages("apollo", packages),
  async command({ supergraph, port }) {
    const cwd = folderOfPeer("apollo");
    await writeFile(join(cwd, "start.mjs"), program);
    return { file: process.execPath, args: ["start.mjs", supergraph, String(port)], cwd, path: "/" };
  },
};
