/** Health for people, liveness and readiness for machines: on an instance, and on a process without a gateway. */
import { describe, expect, it } from "@jest/globals";
import { createOpsRoutes } from "../../../cli/health/ops-routes.ts";
import { openOpsServer } from "../../../cli/health/ops-server.ts";
import { createReadiness } from "../../../cli/health/readiness.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryInstance } from "../../support/memory-instance.ts";

const works = { name: "The state store", run: async () => 1 };

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

describe("readiness", () => {
  it("is given when everything that answers need works", async () => {
    expect(await createReadiness([works, works]).check()).toEqual({ status: "ok" });
  });

  it("names each thing that does not work, and waits for none of them for ever", async () => {
    const refuses = {
      name: "The models",
      run: async () => {
        throw new OnefoldError("STORE_REBUILDING", "Models are being rebuilt.");
      },
    };
    const hangs = { name: "The series store", run: () => new Promise(() => undefined) };
    const health = await createReadiness([refuses, works, hangs], { probeTimeoutMs: 5 }).check();
    expect(health).toEqual({
      status: "unavailable",
      reasons: ["The models: Models are being rebuilt.", "The series store has not answered for 5 ms."],
    });
  });

  it("looks once for all who ask at the same time", async () => {
    let looks = 0;
    const readiness = createReadiness([{ name: "x", run: async () => ++looks }]);
    await Promise.all([readiness.check(), readiness.check(), readiness.check()]);
    expect(looks).toBe(1);
  });

  it("ends with draining, which waits until whoever asks was told", async () => {
    const readiness = createReadiness([works], { drainMs: 600_000 });
    await readiness.check();
    let drained = false;
    const draining = readiness.drain().then(() => (drained = true));
    await new Promise(setImmediate);
    expect(drained).toBe(false);
    expect(await readiness.check()).toEqual({ status: "unavailable", reasons: ["The process is shutting down."] });
    await draining;
  });

  it("drains at once where nobody asks, and not for ever where nobody asks again", async () => {
    await createReadiness([works], { drainMs: 600_000 }).drain();
    const readiness = createReadiness([works], { drainMs: 5 });
    await readiness.check();
    await readiness.drain();
  });
});

describe("an instance", () => {
  it("is alive, ready and well, until it drains: then it is only alive and well", async () => {
    await using instance = await openMemoryInstance(samplePlatform());
    for (const path of ["/health", "/health/live", "/health/ready"]) {
      expect(await get(instance.url + path)).toEqual({ status: 200, body: { status: "ok" } });
    }
    const draining = instance.readiness.drain();
    const ready = await get(`${instance.url}/health/ready`);
    expect(ready).toEqual({
      status: 503,
      body: { status: "unavailable", reasons: ["The process is shutting down."] },
    });
    await draining;
    expect((await get(`${instance.url}/health/live`)).status).toBe(200);
  });

  it("stays ready to answer while ingest is unwell", async () => {
    await using instance = await openMemoryInstance(samplePlatform());
    await instance.engine.pauseIngest();
    expect((await get(`${instance.url}/health/ready`)).status).toBe(200);
  });
});

describe("a process without a gateway", () => {
  const routes = createOpsRoutes({
    metrics: async () => ({ contentType: "text/plain", text: "a 1\n" }),
    health: () => ({ status: "unavailable", reasons: ["The log does not answer."] }),
    ready: async () => ({ status: "ok" }),
  });

  it("has the same routes on a server of its own", async () => {
    await using server = await openOpsServer({ port: 0 }, routes);
    const url = `http://127.0.0.1:${String(server.port)}`;
    expect(await (await fetch(`${url}/metrics?x=1`)).text()).toBe("a 1\n");
    expect(await get(`${url}/health`)).toEqual({
      status: 503,
      body: { status: "unavailable", reasons: ["The log does not answer."] },
    });
    expect((await get(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/toString`)).status).toBe(404);
    const head = await fetch(`${url}/health/live`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("answers a fault with 500 and tells it, and goes on", async () => {
    const faults: unknown[] = [];
    const failing = createOpsRoutes({
      metrics: () => Promise.reject(new Error("broken")),
      health: () => ({ status: "ok" }),
      ready: async () => ({ status: "ok" }),
    });
    await using server = await openOpsServer({ port: 0 }, failing, (fault) => faults.push(fault));
    const url = `http://127.0.0.1:${String(server.port)}`;
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect(faults).toEqual([new Error("broken")]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});
