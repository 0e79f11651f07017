/**
 * The program of a planner's process: opens supergraphs and plans operations, one after the other, for its parent. Plain
 * JavaScript, which the build copies as it is: it runs beside the sources and in the built program alike.
 *
 * Arguments: the module with the native planner; by how many bytes one plan may let this process grow; how long a plan's
 * JSON may be. Messages are those of `planner-messages.ts`.
 */
"use strict";

const [plannerModule, maxGrowthBytes, maxPlanLength] = process.argv.slice(2);
const { QueryPlanner } = require(plannerModule);

/** Often enough for a planner that takes a gigabyte a second, in milliseconds. */
const lookEveryMs = 20;

const planners = new Map();

/** Whatever the planner's thread is at ends with the process at once; an ordinary exit would wait for it. */
const die = () => process.kill(process.pid, "SIGKILL");

function open({ graph, supergraphSdl }) {
  try {
    planners.set(graph, new QueryPlanner(supergraphSdl));
    process.send({ kind: "opened" });
  } catch (error) {
    process.send({ kind: "failed", message: messageOf(error) });
  }
}

async function plan({ graph, operation }) {
  const before = process.memoryUsage.rss();
  const isOver = () => process.memoryUsage.rss() - before > Number(maxGrowthBytes);
  const watch = setInterval(() => {
    if (!isOver()) return;
    clearInterval(watch);
    process.send({ kind: "grew" }, die);
  }, lookEveryMs);
  try {
    // Off this thread, which goes on watching.
    const { node } = await planners.get(graph).planAsync(operation, null, new Set(), 0);
    const text = JSON.stringify(node ?? null);
    if (text.length > Number(maxPlanLength)) process.send({ kind: "long" });
    else process.send({ kind: "planned", plan: text, hasGrown: isOver() });
  } catch (error) {
    process.send({ kind: "failed", message: messageOf(error) });
  } finally {
    clearInterval(watch);
  }
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

process.on("message", (message) => (message.kind === "open" ? open(message) : void plan(message)));
process.on("disconnect", die);
// A terminal tells all processes of its group: this one ends with its parent, which may still have answers to make.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
