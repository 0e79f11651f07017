/** Subgraphs over TLS: whose certificate is taken, which version of HTTP is spoken, and what breaks with the connection. */
import { describe, expect, it } from "@jest/globals";
import { parse } from "graphql";
import { createRemoteSubgraph, type RemoteSubgraphOptions, type SubgraphRequest } from "../../../gateway/index.ts";
import { createAuthority } from "../fixtures/certificates.ts";
import { openSilentProxy } from "../fixtures/silent-proxy.ts";
import { openTlsServer, type TlsResponse } from "../fixtures/tls-server.ts";

const authority = createAuthority();
const certificate = authority.issue("shop.test");
const context = { requestId: "r-1", headers: {}, wantsCursor: false, scope: {} };
const query: SubgraphRequest = { document: parse("query($n: Int) { a(n: $n) }"), variables: {}, context };
const mutation: SubgraphRequest = { ...query, document: parse("mutation { a }") };

const answer = (response: TlsResponse, json: unknown = { data: { a: 1 } }): void => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(json));
};
const remoteTo = (url: string, options: Partial<RemoteSubgraphOptions> = {}) =>
  createRemoteSubgraph({ name: "shop", url, sdl: "type Query { a: Int }", tls: { ca: authority.cert }, ...options });

const reached = { data: { a: 1 } };
const notReached = {
  errors: [
    {
      message: 'The subgraph "shop" is unavailable: it could not be reached.',
      extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph: "shop" },
    },
  ],
};

describe.each(["1.1", "2"] as const)("a subgraph over TLS and HTTP/%s", (version) => {
  it("is reached if an authority that is trusted has signed its certificate, for its name", async () => {
    const versions: string[] = [];
    await using server = await openTlsServer({
      ...{ version, certificate },
      onRequest: (response, request, body) => {
        versions.push(request.httpVersion);
        answer(response, { data: { a: JSON.parse(body) as unknown, key: request.headers["x-key"] } });
      },
    });
    await using remote = await remoteTo(server.url, { headers: { "x-key": "k" } });
    const asked = { query: "query($n:Int){a(n:$n)}", variables: {} };
    expect(await remote.execute(query)).toEqual({ data: { a: asked, key: "k" } });
    expect(versions).toEqual([version === "2" ? "2.0" : "1.1"]);

    await using stranger = await remoteTo(server.url, { tls: {} });
    expect(await stranger.execute(query)).toEqual(notReached);
    await using trusting = await remoteTo(server.url, { tls: { rejectUnauthorized: false } });
    expect(await trusting.execute(query)).toEqual({ data: { a: asked } });
    for (const [servername, isRight] of [
      ["shop.test", true],
      ["other.test", false],
    ] as const) {
      await using named = await remoteTo(server.url, { tls: { ca: authority.cert, servername } });
      expect((await named.execute(query)).errors === undefined).toBe(isRight);
    }
    expect(versions).toHaveLength(3);
  });

  it("may ask for the gateway's certificate", async () => {
    const clients = createAuthority("Clients");
    await using server = await openTlsServer({
      ...{ version, certificate, clientAuthority: clients.cert },
      onRequest: (response) => answer(response),
    });
    const own = clients.issue("gateway.test");
    await using known = await remoteTo(server.url, { tls: { ca: authority.cert, ...own } });
    expect(await known.execute(query)).toEqual(reached);
    await using unknown = await remoteTo(server.url);
    expect(await unknown.execute(query)).toEqual(notReached);
    await using other = await remoteTo(server.url, { tls: { ca: authority.cert, ...authority.issue("gateway.test") } });
    expect(await other.execute(query)).toEqual(notReached);
  });

  it("keeps its connections, and gets a mutation once, whatever breaks", async () => {
    let asked = 0;
    await using server = await openTlsServer({
      ...{ version, certificate },
      onRequest: (response, _request, body) => {
        asked += 1;
        if (body.includes("mutation")) for (const socket of server.sockets) socket.destroy();
        else answer(response);
      },
    });
    await using remote = await remoteTo(server.url, { shareReads: false });
    for (let i = 0; i < 10; i++) expect(await remote.execute(query)).toEqual(reached);
    // Another one asks which version is offered.
    expect(server.opened).toBeLessThanOrEqual(version === "2" ? 1 : 3);
    asked = 0;
    expect(await remote.execute(mutation)).toEqual(notReached);
    expect(asked).toBe(1);
    expect(await remote.execute(query)).toEqual(reached);
  });
});

describe("HTTP/2", () => {
  it("carries requests side by side: a slow one holds up none, and one that is given up breaks none", async () => {
    const held: TlsResponse[] = [];
    let isHeld = (): void => {};
    const bothHeld = new Promise<void>((resolve) => (isHeld = resolve));
    await using server = await openTlsServer({
      ...{ version: "2", certificate },
      onRequest: (response, _request, body) => {
        if (!body.includes('"n":0')) return answer(response);
        if (held.push(response) === 2) isHeld();
      },
    });
    await using remote = await remoteTo(server.url, { shareReads: false });
    const givenUp = new AbortController();
    const slow = remote.execute({ ...query, variables: { n: 0 } });
    const wanted = remote.execute({ ...query, variables: { n: 0 }, signal: givenUp.signal });
    await bothHeld;
    const many = Array.from({ length: 300 }, (_, n) => remote.execute({ ...query, variables: { n: n + 1 } }));
    for (const result of await Promise.all(many)) expect(result).toEqual(reached);
    givenUp.abort();
    expect((await wanted).errors?.[0]?.message).toContain("the request was cancelled");
    for (const response of held) if (!response.destroyed) answer(response);
    expect(await slow).toEqual(reached);
    expect(server.opened).toBe(1);
  });

  it("to a peer that has fallen silent is not used again: the next request opens a connection of its own", async () => {
    await using server = await openTlsServer({
      ...{ version: "2", certificate },
      onRequest: (response) => answer(response),
    });
    await using proxy = await openSilentProxy(server.port);
    await using remote = await remoteTo(`https://127.0.0.1:${proxy.port}/graphql`, { timeoutMs: 400 });
    expect(await remote.execute(query)).toEqual(reached);
    proxy.silence();
    expect((await remote.execute(query)).errors?.[0]?.message).toContain("no answer within 400 ms");
    let result = await remote.execute(query);
    while (result.errors !== undefined) result = await remote.execute(query);
    expect(result).toEqual(reached);
    expect(proxy.opened).toBe(2);
  });

  it("is asked for anew when the subgraph comes back, even if it then speaks HTTP/1.1 only", async () => {
    const onRequest = (response: TlsResponse): void => answer(response);
    const first = await openTlsServer({ version: "2", certificate, onRequest });
    await using remote = await remoteTo(first.url);
    expect(await remote.execute(query)).toEqual(reached);
    await first[Symbol.asyncDispose]();
    expect(await remote.execute(query)).toEqual(notReached);
    await using second = await openTlsServer({ version: "1.1", certificate, onRequest, port: first.port });
    expect(await remote.execute(query)).toEqual(reached);
    expect(second.opened).toBeGreaterThan(0);
  });
});
