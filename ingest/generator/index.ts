/** The generator's public face. */
export { createGenerator, type Generator, type GeneratorOptions, type PlantedTruth } from "./create-generator.ts";
export type { FlawCounts, FlawShares } from "./flaws.ts";
export { generateFiles, type GeneratedFiles } from "./generate-files.ts";
export type { GeneratedRecord } from "./generated-record.ts";
export { createGenericGenerator, type GenericOptions, type RecordStream } from "./generic-generator.ts";
export {
  runGenerator,
  type RunGeneratorDeps,
  type RunGeneratorOptions,
  type RunGeneratorResult,
} from "./run-generator.ts";
export { scriptedSources, type ScriptedSource } from "./scripted-sources.ts";
export type { Person, WorldSize } from "./world.ts";
