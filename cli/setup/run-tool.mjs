// Runs another program for set-up: its output goes where ours goes, and a quiet long run still shows that it lives.
import { spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, ending without a slash. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** One line of progress on stderr, so that a command's own stdout stays clean. */
export function say(line) {
  process.stderr.write(`onefold: ${line}\n`);
}

/**
 * Runs a Node script with arguments in the repository's root and answers its exit code; a signal counts as 1.
 * `nodeArguments` go before the script. `still`, when given, is said every 20 seconds with the seconds gone by.
 */
export function runNode(script, scriptArguments, { nodeArguments = [], still } = {}) {
  return run([process.execPath, [...nodeArguments, script, ...scriptArguments]], still);
}

/** As {@link runNode}, for a tool that talks too much: what it says is shown only when it fails. */
export function runNodeQuietly(script, scriptArguments) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...scriptArguments], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  return status ?? 1;
}

/** Runs npm itself: the one that runs us, or the one on the path. */
export function runNpm(npmArguments, { still } = {}) {
  const npm = process.env.npm_execpath;
  const byNode = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  return run(byNode ? [process.execPath, [npm, ...npmArguments]] : ["npm", npmArguments], still);
}

function run([command, commandArguments], still) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const timer = still === undefined ? undefined : setInterval(() => say(`${still} (${seconds()} s)`), 20_000);
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const done = (code) => {
      clearInterval(timer);
      resolve(code ?? 1);
    };
    child.on("error", (error) => {
      say(`${command} cannot be started: ${error.message}`);
      done(1);
    });
    child.on("exit", done);
  });
}
