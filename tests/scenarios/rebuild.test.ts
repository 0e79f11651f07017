/** Replays from outside, on the embedded profile. */
import { rebuildScenario } from "./rebuild.scenario.ts";

rebuildScenario("embedded");
