/** Subscribes over each door, as clients do, and hands over message by message. */
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { GraphAnswer } from "./onefold-program.ts";

export interface OpenSubscription extends AsyncDisposable {
  /** The next message. Rejects when the stream has ended. */
  next(): Promise<GraphAnswer>;
}

type Extensions = Readonly<Record<string, unknown>>;

/** Over WebSocket, by the graphql-transport-ws protocol. */
export function subscribeByWebSocket(url: string, query: string, extensions: Extensions = {}): OpenSubscription {
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const stream = client.iterate({ query, extensions: { ...extensions } });
  return {
    async next() {
      const { value, done } = await stream.next();
      if (done === true) throw new Error("the subscription has ended");
      return value as GraphAnswer;
    },
    async [Symbol.asyncDispose]() {
      await stream.return?.();
      await client.dispose();
    },
  };
}

/** Over server-sent events. */
export function subscribeByEvents(url: string, query: string, extensions: Extensions = {}): OpenSubscription {
  const aborter = new AbortController();
  const messages = readEvents(url, { query, extensions }, aborter.signal);
  return {
    async next() {
      const { value, done } = await messages.next();
      if (done === true) throw new Error("the subscription has ended");
      return value;
    },
    async [Symbol.asyncDispose]() {
      aborter.abort();
      await messages.return(undefined).catch(() => undefined);
    },
  };
}

async function* readEvents(url: string, body: object, signal: AbortSignal): AsyncGenerator<GraphAnswer, void> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const data = /^data: (.+)$/m.exec(event)?.[1];
      if (/^event: next$/m.test(event) && data !== undefined) yield JSON.parse(data) as GraphAnswer;
    }
  }
}
