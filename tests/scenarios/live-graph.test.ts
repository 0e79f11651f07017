/** The first graph, live, on the embedded profile. */
import { liveGraphScenario } from "./live-graph.scenario.ts";

liveGraphScenario("embedded");
