// Writes docs/10-faults.md from the results of the last run of the fault suite and the simulation. Node built-ins only.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, "node_modules/.cache/onefold/faults");

const results = readdirSync(folder)
  .sort()
  .map((name) => ({ name, result: JSON.parse(readFileSync(join(folder, name), "utf8")) }));
const faults = results.filter(({ name }) => name.startsWith("fault-")).map(({ result }) => result);
const simulation = results.find(({ name }) => name === "simulation.json")?.result;
const differences = faults.reduce((sum, { differences: count }) => sum + count, 0);

const lines = [
  "# Faults survived",
  "",
  "<!-- Written by `npm run test:faults` from what the run measured. Do not edit. -->",
  "",
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}. Form: ${process.env.ONEFOLD_FAULTS === "full" ? "full" : "bounded, as in CI"}.`,
  "",
  "After each fault every model value is read through GraphQL and compared with an independent recomputation from the raw events.",
  `Differences over all faults: **${differences}**.`,
  "",
  "| fault | profile | what | rounds | events | seed | recovered within | differences | proof that it happened |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ...faults.map(
    (each) =>
      `| ${each.fault} | ${each.profile} | ${each.name} | ${each.rounds} | ${each.events.toLocaleString("en-US")} | ${each.seed} | ${(each.recoveredMs / 1000).toFixed(1)} s | ${each.differences} | ${each.proof} |`,
  ),
  "",
  ...(simulation === undefined ? [] : describeSimulation(simulation)),
];
writeFileSync(join(root, "docs/10-faults.md"), `${lines.join("\n")}\n`);
console.log(`docs/10-faults.md: ${faults.length} faults, ${differences} differences`);
if (differences > 0) process.exitCode = 1;

function describeSimulation({ schedules, fixed, freshSeed, events, kinds, allKinds, pairs, allPairs }) {
  return [
    "## The simulation",
    "",
    `${schedules.toLocaleString("en-US")} schedules (${fixed.toLocaleString("en-US")} with fixed seeds, the others from seed ${freshSeed}), ${events.toLocaleString("en-US")} events;`,
    `${kinds} of ${allKinds} kinds of faults, ${pairs} of ${allPairs} pairs of kinds in one schedule. Differences: 0.`,
  ];
}
