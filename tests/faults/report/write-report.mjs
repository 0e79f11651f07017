// Writes docs/10-faults.md from the results of one run of the fault suite and the simulation.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

const page = join(import.meta.dirname, "../../../docs/10-faults.md");

/** What a report must have, by number in the table of faults. */
const expected = {
  embedded: [1, 8, 9, 10, 11, 12, 13, 23, 24],
  distributed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 23],
  gateway: [15, 16, 19, 20, 21],
};
/** Fewer say too little. */
const LEAST_SCHEDULES = 5_000;

/** Throws where a result is missing, or was measured in another form than the others. */
export async function writeReport(folder) {
  const results = readdirSync(folder)
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))]);
  const faults = results.filter(([name]) => name.startsWith("fault-")).map(([, result]) => result);
  const { "simulation.json": simulation, "mutations.json": mutations } = Object.fromEntries(results);
  const missing = Object.entries(expected).flatMap(([profile, numbers]) => {
    const measured = new Set(faults.filter((each) => each.profile === profile).map(({ fault }) => fault));
    return numbers.filter((number) => !measured.has(number)).map((number) => `fault ${number} (${profile})`);
  });
  if (!(simulation?.schedules >= LEAST_SCHEDULES)) missing.push(`a simulation of ${LEAST_SCHEDULES} schedules`);
  if (mutations === undefined) missing.push("the mutations");
  if (missing.length > 0) throw new Error(`No report without ${missing.join(", ")}.`);
  const forms = new Set(results.map(([, { form }]) => form));
  if (forms.size !== 1) throw new Error(`One run has one form, not ${[...forms].join(" and ")}.`);
  const text = [...describeFaults(faults, [...forms][0]), ...describeSimulation(simulation, mutations)].join("\n");
  const options = await resolveConfig(page);
  writeFileSync(page, await format(text, { ...options, filepath: page }));
  console.log(`docs/10-faults.md: ${faults.length} faults`);
}

function describeFaults(faults, form) {
  const differences = faults.reduce((sum, { differences: count }) => sum + count, 0);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`;
  const extent = form === "full" ? "full" : "bounded, as in CI";
  return [
    "# Faults survived",
    "",
    "<!-- Written by `npm run test:faults` from what the run measured. Do not edit. -->",
    "",
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}. Form: ${extent}.`,
    "",
    "After each fault every model value is read through GraphQL and compared with an independent recomputation from the raw events.",
    "A gateway alone (profile `gateway`) is asked under each fault, and each answer is compared with the right one; its events are requests.",
    "A fault that leaves a difference, or that is not proven to have happened, fails the run, and a run that fails writes no page.",
    `Differences over all faults: **${differences}**.`,
    "",
    "| fault | profile | what | rounds | events | seed | recovered within | differences | proof that it happened |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...faults.map((of) => {
      const seconds = `${(of.recoveredMs / 1000).toFixed(1)} s`;
      const events = of.events.toLocaleString("en-US");
      const cells = [of.fault, of.profile, of.name, of.rounds, events, of.seed, seconds, of.differences, of.proof];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
  ];
}

function describeSimulation(simulation, mutations) {
  const { schedules, fixed, freshSeed, events, calls, maxRecoveryMs, kinds, allKinds, pairs, allPairs } = simulation;
  const number = (of) => of.toLocaleString("en-US");
  const found = Object.entries(mutations)
    .filter(([name]) => name !== "form")
    .sort(([, a], [, b]) => a - b);
  return [
    "## The simulation",
    "",
    "The code of ingest in one thread, in virtual time, against stores that fail in every way that is known: each schedule from one seed.",
    "",
    `${number(schedules)} schedules, ${number(fixed)} of them with fixed seeds, the others from seed ${freshSeed}; ${number(events)} events, ${number(calls)} calls of stores.`,
    `${kinds} of ${allKinds} kinds of faults, and ${pairs} of ${allPairs} pairs of them in one schedule.`,
    `At most ${number(maxRecoveryMs)} virtual ms from the last fault until everything was done. Differences: **${simulation.differences}**.`,
    "",
    "Deliberate mistakes in the code, and how many schedules it took until one failed:",
    "",
    "| the code | schedules |",
    "| --- | --- |",
    ...found.map(([name, count]) => `| ${name} | ${count} |`),
  ];
}
