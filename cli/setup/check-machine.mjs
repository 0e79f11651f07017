// Says in one line why this machine cannot run Onefold, or `undefined`. Runs before anything is installed.
// A namespace import: a name that an old Node lacks would stop this file before it can say that Node is too old.
import * as fs from "node:fs";

const leastNode = [20, 15];
/** The storage engine's prebuilt library asks for this version of glibc. */
const leastGlibc = [2, 34];
/** Packages take about 0.9 GB and npm's cache as much again; a build and a first data directory take little. */
const leastFreeBytes = { install: 2e9, build: 3e8 };

/** What the check looks at, taken from the running process; a test hands over others. */
export function thisMachine() {
  // Without this the report asks the name service about every open connection, which may take seconds.
  process.report.excludeNetwork = true;
  const { platform, arch } = process;
  const glibc = platform === "linux" ? process.report.getReport().header.glibcVersionRuntime : undefined;
  return { node: process.versions.node, platform, arch, glibc };
}

/** Why Onefold does not run here, in one line, or `undefined`. */
export function refuseMachine({ node, platform, arch, glibc }) {
  if (isBelow(node, leastNode)) return `Node ${node} is too old: Onefold needs Node ${leastNode.join(".")} or newer.`;
  const system = `${platform} ${arch}`;
  if (!["linux", "darwin"].includes(platform) || !["x64", "arm64"].includes(arch)) {
    return `${system} is not supported: Onefold runs on Linux with glibc and on macOS, on x64 and arm64.`;
  }
  if (platform === "darwin") return undefined;
  if (glibc === undefined) {
    return `${system} without glibc (musl, as in Alpine) is not supported: use a Linux with glibc, such as Debian or Fedora.`;
  }
  if (!isBelow(glibc, leastGlibc)) return undefined;
  return `glibc ${glibc} is too old: Onefold needs ${leastGlibc.join(".")} or newer (Debian 12, Ubuntu 22.04, RHEL 9).`;
}

/** Why there is too little room under `folder` for a step (`install` or `build`), in one line, or `undefined`. */
export function refuseDisk(folder, step) {
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = bavail * bsize;
  if (free >= leastFreeBytes[step]) return undefined;
  return `Too little free disk for the ${step} in ${folder}: ${gigabytes(free)} free, ${gigabytes(leastFreeBytes[step])} needed.`;
}

function isBelow(version, [major, minor]) {
  const [haveMajor, haveMinor] = version.split(".").map(Number);
  return haveMajor < major || (haveMajor === major && haveMinor < minor);
}

function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
