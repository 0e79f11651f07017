/** "Did you mean …": the known names nearest to a mistyped one. */

/** `Did you mean "views"?`, or empty text where nothing is near. At most three names, nearest first. */
export function suggest(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near.length === 0 ? "" : `Did you mean ${near.map((option) => JSON.stringify(option)).join(" or ")}?`;
}

function nearest(name: string, known: Iterable<string>): readonly string[] {
  const limit = Math.floor(name.length * 0.4) + 1;
  return [...new Set(known)]
    .map((option) => ({ option, distance: editDistance(fold(name), fold(option)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.option < b.option ? -1 : 1))
    .slice(0, 3)
    .map(({ option }) => option);
}

/** Case, dashes and underscores are what people mix up most: they cost nothing. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

/** Levenshtein distance with two rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
