/** Reads ISO-8601 durations of exact length: `PT10M`, `P1D`, `P1DT12H`. */

const pattern = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

export type DurationReading =
  | { readonly kind: "ok"; readonly ms: number }
  | { readonly kind: "invalid"; readonly reason: string; readonly remedy: string };

/** Years and months are refused, since their length depends on the calendar. */
export function parseDuration(text: string): DurationReading {
  const parts = pattern.exec(text);
  if (parts === null || text.endsWith("T") || text === "P") {
    const calendar = /^P(\d+Y)?(\d+M)?/.exec(text)?.[0] ?? "P";
    const remedy =
      calendar.length > 1
        ? "Months and years differ in length: write days, P30D."
        : "Write PT30S, PT10M, PT1H, P1D or P7D.";
    return { kind: "invalid", reason: `${JSON.stringify(text)} is not an ISO-8601 duration.`, remedy };
  }
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part: string | undefined) => Number(part ?? 0));
  const wholeDays = (weeks ?? 0) * 7 + (days ?? 0);
  const ms = Math.round((((wholeDays * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000);
  return ms > 0 && Number.isSafeInteger(ms)
    ? { kind: "ok", ms }
    : { kind: "invalid", reason: `${JSON.stringify(text)} is not a length of time.`, remedy: "Write at least PT1S." };
}
