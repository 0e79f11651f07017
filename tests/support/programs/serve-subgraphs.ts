/** A process that serves one sample domain's subgraph over HTTP, on an engine of its own that it fills with a few events. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createPublish } from "../../../cli/instance/create-publish.ts";
import { compileDomains } from "../../../schema/compiler/compile-domains.ts";
import { resolvers } from "../../../subgraphs/consumer/resolvers.ts";
import { createSubgraphs } from "../../../subgraphs/create-subgraph.ts";
import { createSubgraphServer } from "../../../subgraphs/server/create-subgraph-server.ts";
import { openMemoryEngine } from "../memory-engine.ts";

/** A port or 0, the folder of the declarations, and the domain's name. It prints the port once it listens. */
const [port = "0", folder = "", domain = ""] = process.argv.slice(2);

const files = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
const compiled = compileDomains(files.map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") })));
if (compiled.kind !== "compiled") throw new Error("The sample domains do not compile.");
await using engine = await openMemoryEngine(compiled.platform);
const publish = createPublish(engine);

const publication = engine.platform.events.find(({ name }) => name === "ContentPublished");
if (publication === undefined) throw new Error("No event is named ContentPublished.");
const record = { content_id: "c1", kind: "VIDEO", title: "How to sit", item_id: "i1", ts: new Date().toISOString() };
const outcome = await publish(publication, record, "state");
if (outcome.kind !== "applied") throw new Error(JSON.stringify(outcome));

const subgraphs = createSubgraphs({
  ...{ platform: engine.platform, stores: engine, publish, clock: engine.clock, resolvers: { consumer: resolvers } },
  generation: () => engine.generation(),
  logger: { error: (_details, message) => process.stderr.write(`${message}\n`) },
});
const server = await createSubgraphServer({
  subgraphs: subgraphs.filter(({ name }) => name === domain),
  logger: { error: (_details, message) => process.stderr.write(`${message}\n`) },
});
process.stdout.write(`${await server.listen({ port: Number(port) })}\n`);
await new Promise(() => {});
