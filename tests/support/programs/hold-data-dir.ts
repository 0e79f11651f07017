/** Takes a data directory as soon as it can, says so, and holds it until it is killed: `hold-data-dir.ts <dir>`. */
import { claimDataDir } from "../../../cli/data-dir/data-dir-lock.ts";

const dataDir = process.argv[2] ?? "";
const claim = await claimDataDir(dataDir, { kind: "instance", command: "test" });
console.log(claim.kind === "owned" ? `owned by ${process.pid}` : `held by ${claim.owner.pid}`);
if (claim.kind === "owned") setInterval(() => undefined, 60_000);
