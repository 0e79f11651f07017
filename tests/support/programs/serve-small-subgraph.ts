/** A process that serves one small subgraph: its name, and a port or 0. It prints the port once it listens. */
import { serveSmallSubgraph, type SmallSubgraphName } from "../small-subgraph.ts";

const [name = "people", port = "0"] = process.argv.slice(2);
const subgraph = await serveSmallSubgraph(name as SmallSubgraphName, Number(port));
process.stdout.write(`${subgraph.port}\n`);
