/** How busy each hour of a day is: people sleep, and shop in the evening. */

/** By UTC hour; their mean is 1. */
const hours = [
  0.7, 0.45, 0.3, 0.25, 0.25, 0.3, 0.45, 0.65, 0.85, 1, 1.15, 1.2, 1.25, 1.2, 1.1, 1.1, 1.15, 1.25, 1.4, 1.65, 1.85,
  1.9, 1.55, 1.05,
];

/** Around 1. `strength` 0 knows no day and night, 1 all of it. Between full hours it is drawn straight. */
export function dayRhythm(timeMs: number, strength: number): number {
  const hour = (timeMs / 3_600_000) % 24;
  const from = Math.floor(hour);
  const weight = (hours[from] ?? 1) * (1 - (hour - from)) + (hours[(from + 1) % 24] ?? 1) * (hour - from);
  return 1 + strength * (weight - 1);
}
