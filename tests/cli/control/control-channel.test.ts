/** The control channel: operations of a command run in the instance, and end when either side goes away. */
import { mkdir, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { requestOperation } from "../../../cli/control/control-client.ts";
import { controlPath } from "../../../cli/control/control-path.ts";
import { openControlServer, type PerformOperation } from "../../../cli/control/control-server.ts";
import type { OperationRequest, OperationUpdate } from "../../../cli/operations/operation.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const never = new AbortController().signal;
const progress = (done: number): OperationUpdate => ({ kind: "progress", step: "s", unit: "u", done, total: null });

async function ask(
  path: string,
  operation: OperationRequest = { kind: "status" },
  signal = never,
): Promise<OperationUpdate[]> {
  const updates = await requestOperation(path, operation, signal);
  if (updates === null) throw new Error("nobody listens");
  return collect(updates);
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

describe("the control channel", () => {
  it("carries a request there, and updates and the result back", async () => {
    await using folder = await openTemporaryFolder();
    const path = await controlPath(folder.path);
    const asked: OperationRequest[] = [];
    const perform: PerformOperation = async function* (operation) {
      asked.push(operation);
      yield progress(1);
      yield progress(2);
      yield { kind: "result", result: { text: "line\nbreak é" } };
    };
    await using _server = await openControlServer({ path, perform, pulseMs: 1 });
    const operation = { kind: "ingest-file", path: "/tmp/é", source: "s", format: null, complete: false } as const;
    const updates = await ask(path, operation);
    expect(asked).toEqual([operation]);
    expect(updates).toEqual([progress(1), progress(2), { kind: "result", result: { text: "line\nbreak é" } }]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("hands on a refusal with code, message and remedy, and hides what a fault is", async () => {
    await using folder = await openTemporaryFolder();
    const path = await controlPath(folder.path);
    const faults = [
      new OnefoldError("SOURCE_UNKNOWN", "No such.", { remedy: "Use one." }),
      new TypeError("x is undefined"),
    ];
    const perform: PerformOperation = async function* () {
      yield progress(1);
      throw faults.shift();
    };
    await using _server = await openControlServer({ path, perform });
    await expect(ask(path)).rejects.toMatchObject({ code: "SOURCE_UNKNOWN", message: "No such.", remedy: "Use one." });
    await expect(ask(path)).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("says that nobody listens, also where a killed instance left its socket", async () => {
    await using folder = await openTemporaryFolder();
    expect(await requestOperation(await controlPath(folder.path), { kind: "status" }, never)).toBeNull();
  });

  it("aborts the operation when the command goes away", async () => {
    await using folder = await openTemporaryFolder();
    const path = await controlPath(folder.path);
    const aborted = deferred();
    const perform: PerformOperation = async function* (_operation, signal) {
      yield progress(1);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      aborted.resolve();
      throw signal.reason;
    };
    await using _server = await openControlServer({ path, perform });
    const controller = new AbortController();
    const updates = await requestOperation(path, { kind: "replay", model: null, keep: false }, controller.signal);
    const iterator = updates?.[Symbol.asyncIterator]();
    expect(await iterator?.next()).toMatchObject({ value: progress(1) });
    controller.abort();
    await expect(iterator?.next()).rejects.toMatchObject({ name: "AbortError" });
    await aborted.promise;
  });

  it("tells the command when the instance is stopped meanwhile", async () => {
    await using folder = await openTemporaryFolder();
    const path = await controlPath(folder.path);
    const perform: PerformOperation = async function* (_operation, signal) {
      yield progress(1);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      throw signal.reason;
    };
    const server = await openControlServer({ path, perform });
    const updates = await requestOperation(path, { kind: "replay", model: null, keep: false }, never);
    const iterator = updates?.[Symbol.asyncIterator]();
    await iterator?.next();
    const end = iterator?.next();
    await server[Symbol.asyncDispose]();
    await expect(end).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: expect.stringContaining("stopped") });
  });

  it("refuses what it does not know", async () => {
    await using folder = await openTemporaryFolder();
    const path = await controlPath(folder.path);
    await using _server = await openControlServer({ path, perform: () => collectNothing() });
    for (const body of ['{"kind":"format-disk"}', "{", '{"kind":"push","source":1}']) {
      expect(JSON.parse(await post(path, body))).toMatchObject({ kind: "error" });
    }
  });

  it("moves to a private folder for temporary files where the path would be too long for a socket", async () => {
    await using folder = await openTemporaryFolder();
    const long = join(folder.path, "x".repeat(90), "y".repeat(90));
    await mkdir(long, { recursive: true });
    const path = await controlPath(long);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
    expect(await controlPath(long)).toBe(path);
    const perform: PerformOperation = async function* () {
      yield { kind: "result", result: 1 };
    };
    await using _server = await openControlServer({ path, perform });
    expect(await ask(path)).toEqual([{ kind: "result", result: 1 }]);
  });
});

async function* collectNothing(): AsyncGenerator<OperationUpdate> {}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: "/operations", method: "POST" }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(text));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
