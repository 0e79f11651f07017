/** Packed answers: understood whether or not they were asked for, and bounded by what they unpack to. */
import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type SubgraphRequest } from "../../../gateway/index.ts";
import { openRawServer } from "../fixtures/raw-server.ts";

const context = { requestId: "r-1", headers: {}, wantsCursor: false, scope: {} };
const query: SubgraphRequest = { document: parse("{ a }"), variables: {}, context };

/** What becomes of this body, and what was asked for. */
async function ask(encoding: string, body: Buffer, options: Partial<RemoteSubgraphOptions> = {}) {
  await using server = await openRawServer({
    onRequest: (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding }).end(body);
    },
  });
  await using remote = await createRemoteSubgraph({ name: "shop", url: server.url, sdl: "type Query", ...options });
  const { data, errors } = await remote.execute(query);
  return { data, reason: errors?.[0]?.message, asked: server.requests[0]?.headers["accept-encoding"] };
}

describe("a packed answer", () => {
  const text = Buffer.from(JSON.stringify({ data: { a: "ä".repeat(5_000) } }));
  const large = Buffer.from(JSON.stringify({ data: { a: "x".repeat(2_000_000) } }));

  it.each([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["deflate", deflateSync(text)],
    ["identity", text],
  ])("is unpacked, though it was not asked for: %s", async (encoding, body) => {
    const { data, asked } = await ask(encoding, body);
    expect(data).toEqual({ a: "ä".repeat(5_000) });
    expect(asked).toBeUndefined();
  });

  it.each([
    ["large when unpacked", "x".repeat(1_000_000)],
    ["large when packed", randomBytes(100_000).toString("base64")],
  ])("may be %s", async (_what, a) => {
    const body = gzipSync(JSON.stringify({ data: { a } }));
    expect((await ask("gzip", body)).data).toEqual({ a });
  });

  it("is asked for if so configured", async () => {
    expect((await ask("gzip", gzipSync(text), { compression: true })).asked).toBe("gzip, br");
  });

  it.each([
    ["gzip", gzipSync(large), 1_000_000],
    ["br", brotliCompressSync(large), 1_000_000],
    ["deflate", deflateSync(large), 1_000_000],
    ["gzip", gzipSync(text), 9_999],
  ])("that would fill the memory is given up at the limit: %s", async (encoding, body, maxAnswerBytes) => {
    expect(body.length).toBeLessThan(maxAnswerBytes / 100);
    const { reason } = await ask(encoding, body, { maxAnswerBytes });
    expect(reason).toBe(`The subgraph "shop" is unavailable: its answer has more than ${maxAnswerBytes} bytes.`);
  });

  it.each([
    ["gzip", gzipSync(text).subarray(0, 40), "its answer could not be unpacked"],
    ["br", text, "its answer could not be unpacked"],
    ["gzip, br", text, "its answer is packed in a way that nobody asked for"],
    ["constructor", text, "its answer is packed in a way that nobody asked for"],
  ])("that is damaged, or packed in another way, is none: %s", async (encoding, body, why) => {
    expect((await ask(encoding, body)).reason).toBe(`The subgraph "shop" is unavailable: ${why}.`);
  });
});
