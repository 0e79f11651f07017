/** A subgraph's process is killed, or frozen, while the gateway serves: faults 15 and 16 of the fault list. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createRemoteSubgraph } from "../../../gateway/index.ts";
import { startProcess, type TestProcess } from "../../support/start-program.ts";
import { openGateway, socketMessages, type Answer } from "../fixtures/gateway-client.ts";
import { openSampleGraph, type SampleGraph } from "../fixtures/sample-graph.ts";

const declarations = join(import.meta.dirname, "../../../schema");
const query = '{ item(id: "i1") { title latestContent { title } } }';
const whole = { data: { item: { title: "Chair", latestContent: { title: "How to sit" } } } };
const live = 'subscription { contentChanged(id: "c1") { likes } }';
const like = 'mutation { publishEngagement(event: { memberId: "u1", contentId: "c1", action: like }) { eventId } }';

/** Content is served by a process of its own; the other domains are in this one. */
async function startContent(port = 0): Promise<TestProcess & { readonly port: number }> {
  const started = await startProcess("serve-subgraphs", [String(port), declarations, "content"]);
  for await (const line of started.lines) return { ...started, port: Number(line) };
  throw new Error("The subgraph's process ended before it listened.");
}

const away = /could not be reached|its circuit is open/;

const partial = (reason: RegExp) => ({
  data: { item: { title: "Chair", latestContent: null } },
  errors: [
    {
      message: expect.stringMatching(reason),
      path: ["item"],
      extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "content" },
    },
  ],
});

describe("a gateway whose subgraph's process", () => {
  let graph: SampleGraph;

  beforeAll(async () => {
    graph = await openSampleGraph("in-process");
    const { errors } = await graph.gateway.ask(
      'mutation { publishItemListed(event: { itemId: "i1", shopId: "s1", title: "Chair", price: "12.50" }) { eventId } }',
    );
    expect(errors).toBeUndefined();
  });
  afterAll(async () => graph[Symbol.asyncDispose]());

  const openWith = async (port: number) => {
    const url = `http://127.0.0.1:${port}/content/graphql`;
    const remote = await createRemoteSubgraph({ name: "content", url, timeoutMs: 2_000, pingIntervalMs: 500 });
    const local = graph.subgraphs.filter(({ name }) => name !== "content");
    const gateway = await openGateway({ subgraphs: [...local, remote] });
    return {
      gateway,
      [Symbol.asyncDispose]: async () => {
        await gateway[Symbol.asyncDispose]();
        remote.close();
      },
    };
  };

  /** Answers the stream once it has heard its first message, and the client to dispose of. */
  const follow = async (gateway: Awaited<ReturnType<typeof openWith>>["gateway"]) => {
    const client = gateway.socketClient();
    const messages = socketMessages(client, { query: live });
    let isHeard = false;
    const first = messages.next().finally(() => (isHeard = true));
    while (!isHeard) await gateway.ask(like);
    expect(((await first).value as Answer).errors).toBeUndefined();
    const rest = async (): Promise<Answer[]> => {
      const answers: Answer[] = [];
      for await (const answer of messages) answers.push(answer);
      return answers;
    };
    return { rest, client };
  };

  it("is killed gives the rest of the data and an error at its path, and is whole soon after it is back", async () => {
    await using content = await startContent();
    await using open = await openWith(content.port);
    const { gateway } = open;
    expect(await gateway.ask(query)).toEqual(whole);
    const { rest, client } = await follow(gateway);
    const ending = rest();
    // Queries are on their way when it dies; each has an answer.
    const busy = Promise.all(Array.from({ length: 20 }, () => gateway.ask(query)));
    await content.kill();
    for (const answer of await busy) expect([whole, partial(away)]).toContainEqual(answer);
    expect(await gateway.ask(query)).toEqual(partial(away));
    expect((await ending).at(-1)).toMatchObject({ errors: [{ extensions: { code: "SUBGRAPH_UNAVAILABLE" } }] });
    await client.dispose();

    await using again = await startContent(content.port);
    expect(again.port).toBe(content.port);
    // The circuit lets a probe through twice a second.
    let answer = await gateway.ask(query);
    while (answer.errors !== undefined) answer = await gateway.ask(query);
    expect(answer).toEqual(whole);
    const second = await follow(gateway);
    await second.client.dispose();
  }, 60_000);

  it("is frozen gives the same within the time limit, and is whole with the first request after it goes on", async () => {
    await using content = await startContent();
    await using open = await openWith(content.port);
    const { gateway } = open;
    expect(await gateway.ask(query)).toEqual(whole);
    const { rest, client } = await follow(gateway);
    const ending = rest();
    content.signal("SIGSTOP");
    // It stays frozen until these have answers: without time limits they never would.
    for (const answer of await Promise.all([1, 2, 3].map(() => gateway.ask(query)))) {
      expect(answer).toEqual(partial(/no answer within 2000 ms/));
    }
    expect(await gateway.ask('{ item(id: "i1") { title } }')).toEqual({ data: { item: { title: "Chair" } } });
    expect((await ending).at(-1)).toMatchObject({ errors: [{ extensions: { code: "SUBGRAPH_UNAVAILABLE" } }] });
    await client.dispose();

    content.signal("SIGCONT");
    expect(await gateway.ask(query)).toEqual(whole);
    const second = await follow(gateway);
    await second.client.dispose();
  }, 60_000);
});
