/** A client of the gateway: queries over HTTP with kept connections, subscriptions over one WebSocket each. */
import { Agent, request } from "node:http";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";

export interface GraphClient extends Disposable {
  /** The data of an answer. @throws when there are errors */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  /** Calls for each message. The first of several on one socket opens it. */
  subscribe(query: string, onData: (data: Record<string, unknown>) => void): void;
}

/** `sockets`: subscriptions are dealt to so many WebSockets in turn. */
export function createGraphClient(port: number, sockets: number, onFault: (fault: unknown) => void): GraphClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const url = `ws://127.0.0.1:${String(port)}/graphql`;
  const clients = Array.from({ length: sockets }, () =>
    createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true }),
  );
  let subscriptions = 0;
  return {
    ask: (query, variables = {}) => ask({ port, agent }, { query, variables }),
    subscribe(query, onData) {
      const client = clients[subscriptions++ % clients.length];
      client?.subscribe(
        { query },
        {
          next: ({ data, errors }) => {
            if (errors !== undefined) onFault(errors);
            else onData(data as Record<string, unknown>);
          },
          error: onFault,
          complete: () => undefined,
        },
      );
    },
    [Symbol.dispose]() {
      agent.destroy();
      for (const client of clients) void client.dispose();
    },
  };
}

function ask(
  { port, agent }: { readonly port: number; readonly agent: Agent },
  body: object,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { port, host: "127.0.0.1", path: "/graphql", method: "POST", agent, headers };
    const asked = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown };
        if (errors === undefined && data !== undefined) resolve(data);
        else reject(new Error(text.slice(0, 400)));
      });
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}
