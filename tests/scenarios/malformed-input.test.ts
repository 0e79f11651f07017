/** Malformed input from outside, on the embedded profile. */
import { malformedInputScenario } from "./malformed-input.scenario.ts";

malformedInputScenario("embedded");
