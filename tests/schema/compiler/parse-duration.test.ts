/** Durations: exact lengths are read, calendar lengths and nonsense are refused. */
import { expect, it } from "@jest/globals";
import { parseDuration } from "../../../schema/compiler/parse-duration.ts";

it.each([
  ["PT1S", 1000],
  ["PT0.25S", 250],
  ["PT10M", 600_000],
  ["PT1H30M", 5_400_000],
  ["P1D", 86_400_000],
  ["P1DT12H", 129_600_000],
  ["P2W", 1_209_600_000],
])("reads %s", (text, ms) => expect(parseDuration(text)).toEqual({ kind: "ok", ms }));

it.each(["", "P", "PT", "P1DT", "1D", "P1M", "P1Y", "PT0S", "PT1.5M", "pt1s", "P-1D", "PT1H "])("refuses %j", (text) =>
  expect(parseDuration(text).kind).toBe("invalid"),
);
