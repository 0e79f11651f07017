/** Machines that Onefold runs on are accepted; any other is told why in one line. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly glibc?: string;
}

const script = join(import.meta.dirname, "..", "..", "..", "cli", "setup", "check-machine.mjs");

/** Set-up is plain JavaScript that runs by itself, so it is asked in a process of its own. */
function refuse(machine: Machine): string {
  const code = `import { refuseMachine } from ${JSON.stringify(script)};
    process.stdout.write(refuseMachine(${JSON.stringify(machine)}) ?? "");`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
}

const linux: Machine = { node: "20.15.0", platform: "linux", arch: "x64", glibc: "2.36" };

describe("the check of the machine", () => {
  it.each<Machine>([
    linux,
    { ...linux, arch: "arm64", glibc: "2.34" },
    { ...linux, node: "24.1.0" },
    { node: "22.0.0", platform: "darwin", arch: "arm64" },
    { node: "22.0.0", platform: "darwin", arch: "x64" },
  ])("accepts %j", (machine) => {
    expect(refuse(machine)).toBe("");
  });

  it.each<readonly [Machine, RegExp]>([
    [{ ...linux, node: "18.19.1" }, /^Node 18\.19\.1 is too old/],
    [{ ...linux, node: "20.9.0" }, /^Node 20\.9\.0 is too old/],
    [{ ...linux, glibc: "2.31" }, /^glibc 2\.31 is too old/],
    [{ node: "20.15.0", platform: "linux", arch: "x64" }, /musl/],
    [{ ...linux, arch: "ia32" }, /^linux ia32 is not supported/],
    [{ node: "20.15.0", platform: "win32", arch: "x64" }, /^win32 x64 is not supported/],
  ])("refuses %j in one line", (machine, reason) => {
    expect(refuse(machine)).toMatch(reason);
    expect(refuse(machine)).not.toContain("\n");
  });
});
