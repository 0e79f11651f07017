/** GraphiQL at `/`, served wholly from installed packages: no page of ours loads anything from elsewhere. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { ExampleQuery } from "./gateway-options.ts";

/** Answers a request for the page or one of its files; false if it is for something else. */
export type GraphiqlPage = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>;

interface Asset {
  readonly package: string;
  readonly file: string;
  readonly contentType: string;
}

const script = "text/javascript; charset=utf-8";
const style = "text/css; charset=utf-8";

const assets: ReadonlyMap<string, Asset> = new Map([
  ["react.js", { package: "react", file: "umd/react.production.min.js", contentType: script }],
  ["react-dom.js", { package: "react-dom", file: "umd/react-dom.production.min.js", contentType: script }],
  ["graphql-ws.js", { package: "graphql-ws", file: "umd/graphql-ws.min.js", contentType: script }],
  ["graphiql.js", { package: "graphiql", file: "graphiql.min.js", contentType: script }],
  ["graphiql.css", { package: "graphiql", file: "graphiql.min.css", contentType: style }],
]);

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Onefold</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="./graphiql/graphiql.css" />
    <style>html, body, #graphiql { height: 100%; margin: 0; }</style>
  </head>
  <body>
    <div id="graphiql">Loading GraphiQL …</div>
    <script src="./graphiql/react.js"></script>
    <script src="./graphiql/react-dom.js"></script>
    <script src="./graphiql/graphql-ws.js"></script>
    <script src="./graphiql/graphiql.js"></script>
    <script src="./graphiql/start.js"></script>
  </body>
</html>
`;

/** GraphiQL sets style attributes and inlines its fonts; scripts come from here only, none inline. */
const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

export function createGraphiqlPage(examples: readonly ExampleQuery[]): GraphiqlPage {
  const startScript = startScriptOf(examples);
  return async (request, response, path) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    if (path === "/") {
      response.setHeader("content-security-policy", contentSecurityPolicy);
      send(request, response, { text: page, contentType: "text/html; charset=utf-8" });
      return true;
    }
    if (!path.startsWith("/graphiql/")) return false;
    const name = path.slice("/graphiql/".length);
    const asset = assets.get(name);
    if (name === "start.js") send(request, response, { text: startScript, contentType: script });
    else if (asset === undefined) return false;
    else send(request, response, { text: await readAsset(asset), contentType: asset.contentType });
    return true;
  };
}

/** Source maps are not served, so the files do not name them. */
async function readAsset(asset: Asset): Promise<string> {
  const text = await readFile(join(packageRoot(asset.package), asset.file), "utf8");
  return text.replace(/(\/\/|\/\*)# sourceMappingURL=.*$/m, "");
}

/** Not every package exports its package.json, so the folder is looked for among the places of resolution. */
function packageRoot(name: string): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(name);
  const marker = join("node_modules", name);
  const at = entry.lastIndexOf(marker);
  return at < 0 ? dirname(entry) : entry.slice(0, at + marker.length);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  content: { readonly text: string; readonly contentType: string },
): void {
  response.writeHead(200, {
    "content-type": content.contentType,
    "content-length": Buffer.byteLength(content.text),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : content.text);
}

/** Runs in the browser. Addresses are relative to the page, so that a gateway behind a path prefix works too. */
function startScriptOf(examples: readonly ExampleQuery[]): string {
  const tabs = examples.map((example) => ({ query: tabText(example) }));
  return `"use strict";
(() => {
  const endpoint = new URL("./graphql", window.location.href);
  const socketEndpoint = new URL(endpoint);
  socketEndpoint.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  const fetcher = GraphiQL.createFetcher({
    url: endpoint.href,
    wsClient: graphqlWs.createClient({ url: socketEndpoint.href, lazy: true }),
  });
  const tabs = ${JSON.stringify(tabs).replaceAll("<", "\\u003c")};
  const settings = tabs.length > 0 ? { fetcher, defaultTabs: tabs } : { fetcher };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, settings));
})();
`;
}

/** GraphiQL names a tab by its operation, so an anonymous one is named after its example. */
function tabText({ name, query }: ExampleQuery): string {
  const words = name.match(/[A-Za-z][A-Za-z0-9]*/g) ?? ["Example"];
  const operation = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  const named = query
    .trimStart()
    .replace(/^\{/, `query ${operation} {`)
    .replace(/^(query|mutation|subscription)\s*(?=[({@])/, `$1 ${operation} `);
  return `# ${name}\n${named}`;
}
