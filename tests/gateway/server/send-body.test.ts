/** Compression of answers, from outside, and the choice of a coding. */
import { describe, expect, it } from "@jest/globals";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { chooseCoding } from "../../../gateway/server/send-body.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";

const large = JSON.stringify({ query: "{ __schema { types { name description fields { name } } } }" });
const small = JSON.stringify({ query: "{ me { id } }" });

/** What stands on the wire. */
function post(url: string, body: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ readonly headers: Readonly<Record<string, unknown>>; readonly bytes: Buffer }>(
    (resolve, reject) => {
      const asked = request(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
      });
      asked.on("error", reject);
      asked.on("response", (response) => {
        buffer(response).then((bytes) => resolve({ headers: response.headers, bytes }), reject);
      });
      asked.end(body);
    },
  );
}

describe("an answer", () => {
  it.each([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ] as const)("is compressed by %s where the client takes it", async (coding, decompress) => {
    await using gateway = await openGateway(shopGraph());
    const plain = await post(gateway.url, large, {});
    const { headers, bytes } = await post(gateway.url, large, { "accept-encoding": coding });
    expect(headers).toMatchObject({
      "content-encoding": coding,
      "content-length": String(bytes.length),
      vary: "origin, accept-encoding",
    });
    expect(bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(decompress(bytes).toString()).toBe(plain.bytes.toString());
    // Caches must know of it, whichever answer they keep.
    expect(plain.headers["vary"]).toBe("origin, accept-encoding");
    expect(plain.headers["content-encoding"]).toBeUndefined();
  });

  it("that is small stays as it is", async () => {
    await using gateway = await openGateway(shopGraph());
    const { headers } = await post(gateway.url, small, { "accept-encoding": "br, gzip" });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  it("stays as it is where compression is off", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { compressFromBytes: Infinity } });
    const { headers } = await post(gateway.url, large, { "accept-encoding": "br, gzip" });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  it("that is a stream stays as it is", async () => {
    await using gateway = await openGateway(shopGraph());
    const { headers } = await post(gateway.url, large, { "accept-encoding": "br", accept: "text/event-stream" });
    expect(headers["content-encoding"]).toBeUndefined();
  });
});

describe("the coding", () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["gzip, deflate, br", "br"],
    ["GZIP", "gzip"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["br;q=0, gzip;q=0", undefined],
    ["*", "br"],
    ["*;q=0.5, br;q=0", "gzip"],
    ["identity;q=1, gzip;q=0.5", undefined],
    ["deflate, zstd", undefined],
    ["gzip;q=nonsense", undefined],
    [";;,,q=1", undefined],
  ])("for %j is %s", (accepted, coding) => {
    expect(chooseCoding(accepted)).toBe(coding);
  });
});
