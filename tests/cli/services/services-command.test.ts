/** `onefold services`: real servers that outlive the command, are recognised again, and are stopped without harm to others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { readStartConfig } from "../../../cli/config.ts";
import type { ServiceStatus } from "../../../cli/services/service-folder.ts";
import { builtSource } from "../../support/built-sources.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";

let program = "";
let folder: TemporaryFolder;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [program, "services", ...args], { cwd: folder.path });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

async function statusOf(name: string): Promise<ServiceStatus> {
  const { services } = JSON.parse((await run("status", "--json")).out) as { services: readonly ServiceStatus[] };
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`There is no status of ${name}.`);
  return found;
}

async function ask(address: string | null, ...command: [string, ...string[]]): Promise<unknown> {
  const [host = "", port] = (address ?? "").split(":");
  const redis = new Redis({ host, port: Number(port), lazyConnect: true, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    return await redis.call(...command);
  } finally {
    redis.disconnect();
  }
}

async function keeperOf(name: string): Promise<number> {
  const text = await readFile(join(folder.path, ".onefold-services", name, "service.json"), "utf8");
  return (JSON.parse(text) as { keeper: { pid: number } }).keeper.pid;
}

beforeAll(async () => {
  program = fileURLToPath(await builtSource("cli/main.ts"));
  folder = await openTemporaryFolder();
});

afterAll(async () => {
  await run("down", "--delete-data");
  await folder[Symbol.asyncDispose]();
});

describe("onefold services", () => {
  it("starts all three, which answer when the command has ended, and writes the settings that fit", async () => {
    const first = await run("up", "--port-base", "0", "--write-config");
    if (first.code !== 0 && isMissing(first)) {
      if (process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw new Error(first.err);
      console.warn(`SKIPPED, Kafka cannot be started here: ${first.err}`);
      return;
    }
    expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/kafka: ready on 127\.0\.0\.1:\d+/) });
    const config = readStartConfig({}, { env: {}, cwd: folder.path });
    if (config.profile !== "distributed") throw new Error("The settings are of another profile.");
    expect(config.kafka.brokers).toEqual([(await statusOf("kafka")).address]);
    expect((await fetch(`${config.clickhouse.url}/ping`)).status).toBe(200);
    expect(await run("status")).toMatchObject({ code: 0, out: expect.stringMatching(/kafka +running +127/) });
  }, 240_000);

  it("keeps Redis from evicting, and from losing what it holds", async () => {
    await run("up", "--only", "redis", "--port-base", "0");
    const { address } = await statusOf("redis");
    expect(await ask(address, "CONFIG", "GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
    expect(await ask(address, "CONFIG", "GET", "appendonly")).toEqual(["appendonly", "yes"]);
  }, 60_000);

  it("started again changes nothing", async () => {
    const before = await statusOf("redis");
    expect(before.state).toBe("running");
    const again = JSON.parse((await run("up", "--only", "redis", "--json")).out) as { services: readonly object[] };
    expect(again.services).toEqual([{ name: "redis", address: before.address, pids: before.pids, started: false }]);
    expect(await statusOf("redis")).toEqual(before);
  }, 60_000);

  it("keeps the data over down and up", async () => {
    const { address } = await statusOf("redis");
    await ask(address, "SET", "kept", "1");
    expect((await run("down", "--only", "redis")).out).toMatch(/^Stopped: redis\.\n/);
    expect((await statusOf("redis")).state).toBe("down");
    await run("up", "--only", "redis", "--port-base", "0");
    expect(await ask((await statusOf("redis")).address, "GET", "kept")).toBe("1");
  }, 60_000);

  it("sees a server that has ended, and starts it again", async () => {
    const { pids } = await statusOf("redis");
    process.kill(pids[0] ?? 0, "SIGKILL");
    await until(async () => (await statusOf("redis")).state === "broken");
    expect((await run("status")).code).toBe(1);
    expect((await run("up", "--only", "redis", "--port-base", "0")).code).toBe(0);
    expect((await statusOf("redis")).state).toBe("running");
  }, 60_000);

  it("stops a server whose keeper was killed", async () => {
    const { address } = await statusOf("redis");
    process.kill(await keeperOf("redis"), "SIGKILL");
    await until(async () => (await statusOf("redis")).state === "broken");
    expect(await ask(address, "PING")).toBe("PONG");
    expect((await run("down", "--only", "redis")).out).toMatch(/^Stopped: redis\.\n/);
    await expect(ask(address, "PING")).rejects.toThrow();
  }, 60_000);

  it("leaves a process alone that has only the number of one of its own", async () => {
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const identity = { pid: bystander.pid, started: "another boot/1" };
    const record = { keeper: identity, servers: [identity], address: "127.0.0.1:1", since: "" };
    await mkdir(join(folder.path, ".onefold-services", "redis"), { recursive: true });
    await writeFile(join(folder.path, ".onefold-services", "redis", "service.json"), JSON.stringify(record));
    expect((await statusOf("redis")).state).toBe("broken");
    expect((await run("down", "--only", "redis")).out).toMatch(/^Nothing ran\.\n/);
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
    bystander.kill("SIGKILL");
  }, 60_000);

  it("says who has a port that is taken, and stops nobody", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const result = await run("up", "--only", "redis", "--port-base", String(port - 1), "--json");
    taken.close();
    expect(result.code).toBe(4);
    expect(JSON.parse(result.out)).toMatchObject({
      error: {
        code: "PORT_BUSY",
        message: expect.stringMatching(
          process.platform === "linux"
            ? new RegExp(`^Port ${port}, which redis is to have, is taken by .+ \\(process ${process.pid}\\)\\.$`)
            : /is taken by/,
        ),
      },
    });
  }, 60_000);

  it("deletes only what it has made", async () => {
    const other = join(folder.path, "other");
    await mkdir(join(other, "redis"), { recursive: true });
    await writeFile(join(other, "redis", "mine.txt"), "");
    expect(await run("up", "--only", "redis", "--folder", "other")).toMatchObject({
      code: 2,
      err: expect.stringContaining("holds files of something else"),
    });
    expect((await run("down", "--delete-data", "--folder", "other")).code).toBe(0);
    expect(await readFile(join(other, "redis", "mine.txt"), "utf8")).toBe("");
  }, 60_000);

  it("leaves another onefold.yaml as it is", async () => {
    await writeFile(join(folder.path, "onefold.yaml"), "# mine\n");
    const result = await run("up", "--only", "redis", "--port-base", "0", "--write-config");
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining("left as it is") });
    expect(await readFile(join(folder.path, "onefold.yaml"), "utf8")).toBe("# mine\n");
  }, 60_000);

  it("forgets everything when told to", async () => {
    expect((await run("down", "--delete-data")).code).toBe(0);
    await expect(readFile(join(folder.path, ".onefold-services"))).rejects.toMatchObject({ code: "ENOENT" });
    expect((await run("down")).out).toMatch(/^Nothing ran\.\n/);
  }, 60_000);
});

function isMissing({ err }: Ran): boolean {
  return /was not found|not installed|could not fetch/.test(err);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
