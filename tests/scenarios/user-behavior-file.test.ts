/** The main job from outside, on the embedded profile. */
import { userBehaviorFileScenario } from "./user-behavior-file.scenario.ts";

userBehaviorFileScenario("embedded");
