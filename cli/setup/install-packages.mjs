// Keeps node_modules equal to package-lock.json: compares first, and installs only what does not fit.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { refuseDisk } from "./check-machine.mjs";
import { root, runNpm, say } from "./run-tool.mjs";

const modules = join(root, "node_modules");
const stampFile = join(modules, ".onefold-stamp");
const quietly = ["--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Installs when needed. Answers an error line, or `undefined`. The stamp is written last, so a killed installation is
 * started again; packages that somebody else installed are recognised by npm's own record of them.
 */
export async function installPackages() {
  const stamp = wantedStamp();
  if (readText(stampFile) === stamp) return undefined;
  if (!installedFits()) {
    const refusal = refuseDisk(root, "install");
    if (refusal !== undefined) return refusal;
    const code = await npmCi();
    if (code !== 0) return `npm ci ended with exit code ${code}; its message stands above.`;
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(stampFile, stamp);
  return undefined;
}

async function npmCi() {
  say("installing packages (npm ci; about 0.9 GB on disk, once) …");
  const started = Date.now();
  const everything = ["--include=dev", "--include=optional"];
  const code = await runNpm(["ci", ...quietly, ...everything], { still: "still installing packages …" });
  if (code === 0) say(`packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
  return code;
}

/** What the installed packages depend on: the lockfile, and the machine that native packages were chosen for. */
function wantedStamp() {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  const machine = `${process.platform} ${process.arch}`;
  return createHash("sha256").update(lockfile).update(machine).digest("hex");
}

/** Whether npm's record of what it installed (written when an installation ends) says the same as the lockfile. */
function installedFits() {
  const installed = readPackages(join(modules, ".package-lock.json"));
  if (installed === undefined) return false;
  const wanted = readPackages(join(root, "package-lock.json")) ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readPackages(file) {
  const text = readText(file);
  try {
    return text === undefined ? undefined : JSON.parse(text).packages;
  } catch {
    return undefined;
  }
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
