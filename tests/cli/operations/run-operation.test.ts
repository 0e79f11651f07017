/** A command works through the instance that has the data directory, and says who has it if nobody answers. */
import { describe, expect, it } from "@jest/globals";
import type { Config } from "../../../cli/config.ts";
import { controlPath } from "../../../cli/control/control-path.ts";
import { openControlServer } from "../../../cli/control/control-server.ts";
import { ownDataDir } from "../../../cli/data-dir/own-data-dir.ts";
import { exitCodeOf } from "../../../cli/exit-codes.ts";
import type { OperationUpdate } from "../../../cli/operations/operation.ts";
import { runOperation, type RunOptions } from "../../../cli/operations/run-operation.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const never = new AbortController().signal;
const wait = { timeoutMs: 0, signal: never };
const instance = { kind: "instance", command: "onefold start" } as const;

async function run(dataDir: string, options: Partial<RunOptions> = {}): Promise<readonly OperationUpdate[]> {
  const config: Config = { dataDir, domains: "/nowhere", ownDomains: false };
  const all: OperationUpdate[] = [];
  const more = { command: "onefold status", signal: never, waitMs: 0, ...options };
  for await (const update of runOperation(config, { kind: "status" }, more)) all.push(update);
  return all;
}

describe("running an operation", () => {
  it("goes through the running instance", async () => {
    await using folder = await openTemporaryFolder();
    await using _lock = await ownDataDir(folder.path, instance, wait);
    const path = await controlPath(folder.path);
    const perform = async function* (): AsyncGenerator<OperationUpdate> {
      yield { kind: "result", result: "from the instance" };
    };
    await using _server = await openControlServer({ path, perform });
    expect(await run(folder.path)).toEqual([{ kind: "result", result: "from the instance" }]);
  });

  it("waits for an instance that does not answer yet", async () => {
    await using folder = await openTemporaryFolder();
    await using _lock = await ownDataDir(folder.path, instance, wait);
    const running = run(folder.path, { waitMs: 30_000 });
    const perform = async function* (): AsyncGenerator<OperationUpdate> {
      yield { kind: "result", result: 1 };
    };
    await using _server = await openControlServer({ path: await controlPath(folder.path), perform });
    expect(await running).toEqual([{ kind: "result", result: 1 }]);
  });

  it("tells which command it waits for, and gives up with a code of its own", async () => {
    await using folder = await openTemporaryFolder();
    await using _lock = await ownDataDir(folder.path, { kind: "command", command: "onefold replay" }, wait);
    const waited: string[] = [];
    const onWait: RunOptions["onWait"] = ({ command }) => void waited.push(command);
    const error: unknown = await run(folder.path, { waitMs: 150, onWait }).catch((thrown: unknown) => thrown);
    expect(waited).toEqual(["onefold replay"]);
    expect(error).toMatchObject({ code: "STORE_LOCKED", message: expect.stringContaining("onefold replay") });
    expect(exitCodeOf(error)).toBe(4);
  });

  it("lets go of the data directory when its own work cannot begin", async () => {
    await using folder = await openTemporaryFolder();
    await expect(run(folder.path)).rejects.toMatchObject({ code: "DECLARATION_INVALID" });
    await using _lock = await ownDataDir(folder.path, instance, wait);
  });
});
