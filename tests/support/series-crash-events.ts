/** The events of the crash test, as a pure function of their offsets, so that two processes have the same. */
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import { intervalMs } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import { layouts } from "../contracts/series-fixtures.ts";

export interface CrashEvent {
  readonly offset: number;
  readonly item: string;
  readonly bucket: number;
  readonly values: readonly StandardValue[];
}

const start = Date.parse("2017-11-25T00:00:00Z");

export const crashLayouts: readonly TableLayout[] = layouts;

export function crashEvents(from: number, to: number): CrashEvent[] {
  return Array.from({ length: to - from }, (_, i) => {
    const offset = from + i;
    const item = `item:${(offset * 7919) % 97}`;
    const bucket = start + ((offset * 31) % 11) * intervalMs.MINUTE;
    const plain = [
      `e${offset}`,
      item,
      bucket,
      offset,
      1,
      0.5,
      true,
      "red",
      null,
      null,
      null,
      null,
      [],
      null,
      [],
      null,
      [],
    ];
    return { offset, item, bucket, values: plain };
  });
}
