/** The sample client: prints a person's page from all three domains, then their counters, live, with typed documents. */
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { ConsumerChangedDocument, ConsumerPageDocument } from "./generated/documents.ts";

const [id = "u1000", url = "http://127.0.0.1:4000/graphql"] = process.argv.slice(2);

const from = new Date(Date.now() - 86_400_000).toISOString();
const { consumer } = await query(ConsumerPageDocument, { id, from });
if (consumer === null) console.log(`Nobody has seen ${id} yet; waiting.`);
else {
  console.log(
    `${consumer.id}: ${String(consumer.views)} views, ${String(consumer.orders)} orders, spent ${consumer.spent}`,
  );
  for (const { node } of consumer.recent.edges) {
    console.log(
      `  ${node.ts} ${node.behavior.padEnd(4)} ${node.item.title ?? node.itemId} (${node.item.shop?.name ?? "not listed"})`,
    );
  }
}
for await (const { consumerChanged } of subscribe(ConsumerChangedDocument, { id })) {
  const { views, carts, favourites, purchases, spent } = consumerChanged;
  console.log(
    `now: ${String(views)} views, ${String(carts)} carts, ${String(favourites)} favourites, ${String(purchases)} purchases, spent ${spent}`,
  );
}

async function query<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: readonly { readonly message: string }[] };
  if (data === undefined || errors !== undefined) throw new Error(errors?.map(({ message }) => message).join("; "));
  return data;
}

async function* subscribe<Data extends object, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): AsyncIterable<Data> {
  const client = createClient({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket });
  try {
    for await (const { data, errors } of client.iterate<Data>({ query: print(document), variables })) {
      if (data == null || errors !== undefined) throw new Error(errors?.map(({ message }) => message).join("; "));
      yield data;
    }
  } finally {
    await client.dispose();
  }
}
