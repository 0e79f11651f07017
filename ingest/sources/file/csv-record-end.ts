/** Finds where one CSV record ends (RFC 4180): in come bytes from a record's start, out goes the place of its newline. */

const [quote, comma, newline, carriageReturn] = [34, 44, 10, 13];

export type CsvRecordEnd =
  /** Index of the newline that ends the record. */
  | { readonly kind: "newline"; readonly at: number }
  /** The bytes end first, within a quoted field or not. */
  | { readonly kind: "more"; readonly inQuotes: boolean }
  /** A quoted field goes on after its closing quote: the quotes do not mean what they seem to. */
  | { readonly kind: "malformed" };

/** A quote opens a field only at its start; within it two quotes stand for one, and newlines are content. */
export function findCsvRecordEnd(bytes: Buffer, from: number): CsvRecordEnd {
  let at = from;
  for (;;) {
    if (bytes[at] === quote) {
      const close = findClosingQuote(bytes, at);
      if (close === -1) return { kind: "more", inQuotes: true };
      const next = bytes[close + 1];
      const afterNext = bytes[close + 2];
      if (next === undefined || (next === carriageReturn && afterNext === undefined)) {
        return { kind: "more", inQuotes: false };
      }
      if (next === newline) return { kind: "newline", at: close + 1 };
      if (next === carriageReturn && afterNext === newline) return { kind: "newline", at: close + 2 };
      if (next !== comma) return { kind: "malformed" };
      at = close + 2;
    } else {
      while (at < bytes.length && bytes[at] !== comma && bytes[at] !== newline) at++;
      if (at === bytes.length) return { kind: "more", inQuotes: false };
      if (bytes[at] === newline) return { kind: "newline", at };
      at++;
    }
  }
}

function findClosingQuote(bytes: Buffer, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = bytes.indexOf(quote, at);
    if (at === -1 || bytes[at + 1] !== quote) return at;
  }
}
