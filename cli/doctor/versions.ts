/** Compares versions by their numbers. */

/** `7.0.15` is at least `7.0`. Parts that are no numbers count as 0. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(least)];
  for (let i = 0; i < Math.max(have.length, want.length); i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): readonly number[] {
  return version.split(/[.-]/).map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
}
