/** Disorderly events on the embedded profile. */
import { disorderScenario } from "./disorder.scenario.ts";
import { openEmbeddedDeployment } from "./harness/embedded-deployment.ts";

disorderScenario(openEmbeddedDeployment);
