/**
 * The endpoint as a program: `node endpoint-program.js <EndpointOptions as JSON>`. Prints one line with the port that it
 * listens on, and ends by SIGTERM or SIGINT when what it has begun is answered.
 */
import { mkdirSync } from "node:fs";
import { startEndpoint, type EndpointOptions } from "./endpoint-server.ts";

await run(JSON.parse(process.argv[2] ?? "") as EndpointOptions).catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${new Date().toISOString()} ${text.trim()}\n`);
  process.exitCode = 1;
});

async function run(options: EndpointOptions): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  await using endpoint = await startEndpoint(options);
  const ended = new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  process.stdout.write(`${endpoint.port}\n`);
  await ended;
}
