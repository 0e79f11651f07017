/** Cuts the text of an expression into tokens with their columns. */
import type { Problem } from "./read-literal.ts";

export type Token = { readonly column: number } & (
  | { readonly kind: "word" | "number"; readonly text: string }
  /** `text` is what stands between the quotes, escapes resolved. */
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "symbol"; readonly text: "=" | "!=" | "<" | "<=" | ">" | ">=" | "(" | ")" | "," }
  | { readonly kind: "end" }
);

/** A mistake in an expression. `column` is 1-based within its text. */
export interface ExpressionProblem extends Problem {
  readonly column: number;
}

const pattern =
  /\s+|([A-Za-z_]\w*)|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(<=|>=|!=|==|<>|&&|\|\||[=<>(),!])|(["'])/y;

/** What people write who come from other languages, and how it is written here. */
const foreign: Readonly<Record<string, string>> = { "==": "=", "<>": "!=", "&&": "and", "||": "or", "!": "not" };

/** Tokens end with one of kind `end`. Cutting stops at the first text that is no token. */
export function tokenize(text: string): readonly Token[] | ExpressionProblem {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const column = at + 1;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      return { column, reason: `${JSON.stringify(text[at])} has no meaning here.`, remedy: "Text goes in quotes." };
    }
    const [whole, word, number, symbol, quote] = match;
    at += whole.length;
    if (word !== undefined) tokens.push({ kind: "word", column, text: word });
    else if (number !== undefined) tokens.push({ kind: "number", column, text: number });
    else if (symbol !== undefined) {
      const better = foreign[symbol];
      if (better !== undefined)
        return { column, reason: `"${symbol}" is not known here.`, remedy: `Write "${better}".` };
      tokens.push({ kind: "symbol", column, text: symbol as "=" });
    } else if (quote !== undefined) {
      const string = readString(text, at, quote);
      if (string === null) return { column, reason: "This text has no end.", remedy: `Close it with ${quote}.` };
      tokens.push({ kind: "string", column, text: string.text });
      at = string.end;
    }
  }
  return [...tokens, { kind: "end", column: text.length + 1 }];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** From after the opening quote: the text up to the closing one. A backslash takes the next character, or n, r, t. */
function readString(
  text: string,
  start: number,
  quote: string,
): { readonly text: string; readonly end: number } | null {
  let out = "";
  for (let i = start; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === quote) return { text: out, end: i + 1 };
    if (char === "\\" && i + 1 < text.length) {
      i++;
      const escaped = text.charAt(i);
      out += escapes[escaped] ?? escaped;
    } else out += char;
  }
  return null;
}
