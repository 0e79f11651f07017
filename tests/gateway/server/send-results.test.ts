/** Sending of results: in order, one at a time, and the end that the results have. */
import { describe, expect, it } from "@jest/globals";
import { GraphQLError, type ExecutionResult } from "graphql";
import { createAnswer } from "../../../gateway/execution/operation-answer.ts";
import { createResultStream, type ResultStream } from "../../../gateway/execution/result-stream.ts";
import { sendResults } from "../../../gateway/server/send-results.ts";
import { createTopic, type Topic } from "../fixtures/topic.ts";
import { until } from "../fixtures/until.ts";

const answer = (at: number): ExecutionResult =>
  createAnswer({ bytes: Buffer.from(`{"data":{"at":${String(at)}}}`), errors: [], extensions: undefined });

function streamOf(topic: Topic<number>): ResultStream {
  return createResultStream({
    parent: undefined,
    open: () => topic.subscribe(),
    toMessage: async (at) => answer(at),
    toFailure: (error) => ({ errors: [new GraphQLError(String(error))] }),
  });
}

/** Texts are taken one by one. */
function slowClient() {
  const sent: string[] = [];
  const taken: (() => void)[] = [];
  return {
    sent,
    send: (text: string) => {
      sent.push(text);
      return new Promise<void>((resolve) => taken.push(resolve));
    },
    take: () => taken.shift()?.(),
  };
}

describe("results that are sent", () => {
  it("go one by one, the next only when the one before has left, and end as they do", async () => {
    const topic = createTopic<number>();
    const client = slowClient();
    const turn = sendResults(streamOf(topic), client.send).next();
    await topic.untilSubscribers(1);
    for (const at of [1, 2]) topic.publish(at);
    await until(() => client.sent.length === 1);
    client.take();
    await until(() => client.sent.length === 2);
    expect(client.sent).toEqual(['{"data":{"at":1}}', '{"data":{"at":2}}']);
    topic.end();
    client.take();
    expect(await turn).toEqual({ done: true, value: undefined });
  });

  it("are no longer sent once they are returned, and their source is released", async () => {
    const topic = createTopic<number>();
    const client = slowClient();
    const sending = sendResults(streamOf(topic), client.send);
    const turn = sending.next();
    await topic.untilSubscribers(1);
    topic.publish(1);
    await until(() => client.sent.length === 1);
    topic.publish(2);
    await sending.return();
    await topic.untilSubscribers(0);
    client.take();
    expect((await turn).done).toBe(true);
    expect(client.sent).toHaveLength(1);
  });

  it("are not sent if they are returned before they are there", async () => {
    const client = slowClient();
    const sending = sendResults({ data: { me: null } }, client.send);
    const turn = sending.next();
    await sending.return();
    expect((await turn).done).toBe(true);
    expect(client.sent).toEqual([]);
  });

  it("are given up where sending fails", async () => {
    const topic = createTopic<number>();
    const broken = new Error("gone");
    const turn = sendResults(streamOf(topic), () => Promise.reject(broken)).next();
    await topic.untilSubscribers(1);
    topic.publish(1);
    await expect(turn).rejects.toBe(broken);
    await topic.untilSubscribers(0);
  });

  it("may be one that nobody has written", async () => {
    const client = slowClient();
    const result = { errors: [new GraphQLError("No.", { extensions: { code: "X" } })] };
    const turn = sendResults(result, client.send).next();
    await until(() => client.sent.length === 1);
    expect(client.sent).toEqual(['{"errors":[{"message":"No.","extensions":{"code":"X"}}]}']);
    client.take();
    expect((await turn).done).toBe(true);
  });
});
