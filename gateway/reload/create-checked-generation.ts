/** A generation of a supergraph that comes from outside: whatever is wrong with it is found before anything is served from it. */
import { validateSchema } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { createGeneration, type Generation, type GenerationOptions } from "../generation.ts";

/** So many mistakes of a schema are told. */
const maxMistakes = 3;

/** @throws OnefoldError SUPERGRAPH_INVALID, SUPERGRAPH_UNSUPPORTED, PLANNER_UNAVAILABLE */
export async function createCheckedGeneration(options: GenerationOptions): Promise<Generation> {
  const generation = await createOrRefuse(options);
  const mistakes = validateSchema(generation.schema);
  if (mistakes.length === 0) return generation;
  generation.close();
  const told = mistakes.slice(0, maxMistakes).map(({ message }) => message);
  if (mistakes.length > maxMistakes) told.push(`and ${mistakes.length - maxMistakes} more.`);
  throw invalid(told.join(" "));
}

async function createOrRefuse(options: GenerationOptions): Promise<Generation> {
  try {
    return await createGeneration(options);
  } catch (cause) {
    if (cause instanceof OnefoldError) throw cause;
    // The planner's text shows the place in lines of its own.
    throw invalid((cause instanceof Error ? cause.message : String(cause)).trim().replaceAll(/\s*\n\s*/g, " "), cause);
  }
}

function invalid(why: string, cause?: unknown): OnefoldError {
  return new OnefoldError("SUPERGRAPH_INVALID", `The supergraph cannot be served: ${why}`, { cause });
}
