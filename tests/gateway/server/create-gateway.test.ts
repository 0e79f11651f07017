/** Everything that the gateway's server does beside GraphQL. */
import { describe, expect, it } from "@jest/globals";
import { createGateway } from "../../../gateway/index.ts";
import { openGateway } from "../fixtures/gateway-client.ts";
import { shopGraph } from "../fixtures/shop-graph.ts";
import { until } from "../fixtures/until.ts";

describe("GET /", () => {
  it("is GraphiQL, with nothing from elsewhere and no inline script", async () => {
    const examples = [
      { name: "Who am I", query: "{ me { id } } </script>" },
      { name: "Live", query: "subscription { reviewAdded { id } }" },
      { name: "Named", query: "query Mine { me { id } }" },
    ];
    await using gateway = await openGateway({ ...shopGraph(), options: { examples } });
    const response = await fetch(`${gateway.url}/`);
    const html = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(html).not.toMatch(/https?:|<script>|src="\//);
    const addresses = [...html.matchAll(/(?:src|href)="(\.[^"]*)"/g)].map((match) => match[1] ?? "");
    expect(addresses).toHaveLength(6);
    const sizes: number[] = [];
    for (const address of addresses) {
      const file = await fetch(new URL(address, `${gateway.url}/`));
      expect(file.status).toBe(200);
      const text = await file.text();
      sizes.push(text.length);
      expect(text).not.toContain("sourceMappingURL");
    }
    expect(Math.min(...sizes)).toBeGreaterThan(300);
    const start = await (await fetch(`${gateway.url}/graphiql/start.js`)).text();
    expect(start).toContain('"# Who am I\\nquery WhoAmI { me { id } } \\u003c/script>"');
    expect(start).toContain('"# Live\\nsubscription Live { reviewAdded { id } }"');
    expect(start).toContain('"# Named\\nquery Mine { me { id } }"');
    expect(start).not.toMatch(/https?:\/\//);
  });

  it("loads nothing from elsewhere in its style sheet either", async () => {
    await using gateway = await openGateway(shopGraph());
    const css = await (await fetch(`${gateway.url}/graphiql/graphiql.css`)).text();
    expect(css).not.toMatch(/@import|url\(\s*["']?(https?:)?\/\//);
  });

  it("serves no other file", async () => {
    await using gateway = await openGateway(shopGraph());
    for (const path of [
      "/graphiql/../package.json",
      "/graphiql/package.json",
      "/graphiql/%2e%2e/index.ts",
      "/graphiql/",
    ]) {
      expect((await fetch(gateway.url + path)).status).toBe(404);
    }
  });
});

describe("GET /health", () => {
  it("is 200 or 503 with reasons", async () => {
    let isOk = true;
    const health = () =>
      isOk ? ({ status: "ok" } as const) : ({ status: "unavailable", reasons: ["store"] } as const);
    await using gateway = await openGateway({ ...shopGraph(), options: { health } });
    const good = await fetch(`${gateway.url}/health`);
    expect([good.status, await good.json()]).toEqual([200, { status: "ok" }]);
    isOk = false;
    const bad = await fetch(`${gateway.url}/health`);
    expect([bad.status, await bad.json()]).toEqual([503, { status: "unavailable", reasons: ["store"] }]);
  });
});

describe("routes", () => {
  it("of the profile come before 404, which is JSON", async () => {
    await using gateway = await openGateway({
      ...shopGraph(),
      options: {
        routes: async (request, response) => {
          if (request.url !== "/ingest/x") return false;
          response.writeHead(202).end();
          return true;
        },
      },
    });
    expect((await fetch(`${gateway.url}/ingest/x`, { method: "POST" })).status).toBe(202);
    const missing = await fetch(`${gateway.url}/nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  });

  it("that fail are answered with 500 and nothing of the inside", async () => {
    const routes = () => Promise.reject(new Error("secret 10.0.0.1"));
    await using gateway = await openGateway({ ...shopGraph(), options: { routes } });
    const response = await fetch(`${gateway.url}/nothing`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });
});

describe("CORS", () => {
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/graphql`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,onefold-cursor",
      },
    });

  it.each(["http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000"])(
    "allows %s by default",
    async (origin) => {
      await using gateway = await openGateway(shopGraph());
      const response = await preflight(gateway.url, origin);
      expect(response.status).toBe(204);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
      expect(response.headers.get("access-control-allow-headers")).toBe("content-type,onefold-cursor");
      expect(response.headers.get("vary")).toBe("origin");
      const answer = await gateway.post('{"query":"{ me { id } }"}', { origin });
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    },
  );

  it.each(["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null"])(
    "refuses %s by default",
    async (origin) => {
      await using gateway = await openGateway(shopGraph());
      const response = await preflight(gateway.url, origin);
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      const answer = await gateway.post('{"query":"{ me { id } }"}', { origin });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    },
  );

  it("allows exactly the origins it is given", async () => {
    await using gateway = await openGateway({ ...shopGraph(), options: { corsOrigins: ["https://app.example"] } });
    expect((await preflight(gateway.url, "https://app.example")).status).toBe(204);
    expect((await preflight(gateway.url, "http://localhost:5173")).status).toBe(403);
  });
});

describe("documents beyond the limits", () => {
  const deep = (levels: number) => `{ me { ${"friends { ".repeat(levels)} id ${"} ".repeat(levels)} } }`;
  const doubling = (levels: number) =>
    Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on User { a: id ...F${i + 1} ... on User { ...F${i + 1} } }`,
    ).join("\n");

  it.each([
    ["too many tokens", `{ me { ${"id ".repeat(15_000)} } }`],
    ["too many fields below one another", deep(60)],
    ["more nesting than the parser's stack holds", deep(7_000)],
    ["nested values", `{ products(first: ${"[".repeat(14_000)}`],
    [
      "nested fragments",
      `{ me { ...F0 } } ${Array.from({ length: 2000 }, (_, i) => `fragment F${i} on User { ...F${i + 1} }`).join(" ")} fragment F2000 on User { id }`,
    ],
    ["fragments that double", `{ me { ...F0 } } ${doubling(30)} fragment F30 on User { id }`],
  ])("are refused as GraphQL errors: %s", async (_what, query) => {
    await using gateway = await openGateway(shopGraph());
    const response = await gateway.post(JSON.stringify({ query }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: expect.stringMatching(/DOCUMENT_LIMIT|GRAPHQL_PARSE_FAILED/) } }],
    });
    await using stream = await gateway.events(query);
    expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: expect.any(String) } }] } });
  });

  it("take no time by repetition", async () => {
    await using gateway = await openGateway(shopGraph());
    const started = performance.now();
    const response = await gateway.post(JSON.stringify({ query: `{ me { ${"id ".repeat(14_900)} } }` }));
    expect(response.status).toBeLessThan(500);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("name a cycle of fragments", async () => {
    await using gateway = await openGateway(shopGraph());
    const answer = await gateway.ask("{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }");
    expect(answer.errors?.[0]?.message).toContain("Cannot spread fragment");
  });
});

describe("the life of a gateway", () => {
  it("says which address is taken", async () => {
    await using first = await openGateway(shopGraph());
    const second = await createGateway(shopGraph());
    const port = Number(new URL(first.url).port);
    await expect(second.listen({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "PORT_BUSY",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    await second.close();
  });

  it("refuses subgraphs that do not compose", async () => {
    const shop = shopGraph();
    await expect(createGateway({ subgraphs: [shop.catalog, shop.catalog] })).rejects.toMatchObject({
      code: "COMPOSITION_FAILED",
    });
  });

  it("finishes answers on their way when it closes", async () => {
    const shop = shopGraph();
    let answer = (_result: object): void => {};
    let isAsked = false;
    shop.opinions.intercept = () => {
      isAsked = true;
      return new Promise((resolve) => (answer = resolve));
    };
    const gateway = await openGateway(shop);
    const asked = gateway.ask("{ me { id } }");
    await until(() => isAsked);
    const closed = gateway[Symbol.asyncDispose]();
    answer({ data: { me: { id: "u1" } } });
    expect(await asked).toEqual({ data: { me: { id: "u1" } } });
    await closed;
    await gateway.gateway.close();
  });

  it("does not wait for ever for those that do not finish", async () => {
    const shop = shopGraph();
    let isAsked = false;
    shop.opinions.intercept = () => {
      isAsked = true;
      return new Promise(() => {});
    };
    const gateway = await openGateway({ ...shop, options: { closeTimeoutMs: 20 } });
    const asked = gateway.ask("{ me { id } }").catch(() => "cut off");
    await until(() => isAsked);
    await gateway[Symbol.asyncDispose]();
    expect(await asked).toBe("cut off");
  });
});
