// Adds to package-lock.json the optional native packages of other machines that npm left out. `npm run lockfile` runs it.
//
// npm writes an optional package into the lockfile only if it could look it up. A registry mirror that serves one kind of
// machine makes a lockfile that is right for this kind alone: elsewhere `npm ci` leaves native packages out or refuses.
// An added entry has the exact version that its package asks for, that package's licence, and no checksum: npm asks the
// registry for that.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run-tool.mjs";

const file = join(root, "package-lock.json");
const before = readFileSync(file, "utf8");
const lockfile = JSON.parse(before);

for (const [name, entry] of missingEntries(lockfile.packages)) lockfile.packages[`node_modules/${name}`] = entry;
const [first, ...others] = Object.entries(lockfile.packages);
lockfile.packages = Object.fromEntries([first, ...others.sort(([a], [b]) => a.localeCompare(b, "en"))]);

const after = `${JSON.stringify(lockfile, undefined, 2)}\n`;
if (after !== before) writeFileSync(file, after);

/** One entry for each optional dependency with an exact version that no folder of the lockfile has. */
function missingEntries(packages) {
  const missing = new Map();
  for (const { optionalDependencies = {}, dev, devOptional, license } of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const isLocked = Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));
      const machine = machineOf(name);
      if (isLocked || machine === undefined || !/^\d/.test(version)) continue;
      const { cpu, libc, os } = machine;
      const forTools = dev === true || devOptional === true || undefined;
      // In npm's own order of keys, so that npm finds nothing to rewrite; what is undefined is not written.
      missing.set(name, { version, cpu, dev: forTools, libc, license, optional: true, os });
    }
  }
  return missing;
}

/** Native packages are named for their machine: `-<os>-<cpu>`, on some systems followed by the C library. */
function machineOf(name) {
  const match =
    /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/.exec(
      name,
    );
  if (match === null) return undefined;
  const [, os, cpu, library = ""] = match;
  const libc = os === "linux" ? libcOf(library) : undefined;
  return { cpu: [cpu], libc: libc && [libc], os: [os] };
}

function libcOf(library) {
  if (library.startsWith("gnu")) return "glibc";
  return library.startsWith("musl") ? "musl" : undefined;
}
