import { it } from "@jest/globals";
import { market } from "./fixtures/market.ts";
it("compiles", () => { console.log(market.events.length); });
