/** Parses tokens into a tree that knows columns but no types yet. Recursive descent, one function a level of binding. */
import type { Comparison } from "./expression.ts";
import type { Literal } from "./read-literal.ts";
import type { ExpressionProblem, Token } from "./tokenize.ts";

/** A word may be a field or an enum value: the types decide. */
export type SyntaxOperand = Literal & { readonly column: number };

export type Syntax = { readonly column: number } & (
  | { readonly kind: "and" | "or"; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: "not"; readonly operand: Syntax }
  | {
      readonly kind: "compare";
      readonly comparison: Comparison;
      readonly left: SyntaxOperand;
      readonly right: SyntaxOperand;
    }
  | { readonly kind: "in"; readonly operand: SyntaxOperand; readonly values: readonly SyntaxOperand[] }
  | { readonly kind: "null"; readonly operand: SyntaxOperand; readonly negated: boolean }
  | { readonly kind: "bare"; readonly operand: SyntaxOperand }
);

const keywords = new Set(["and", "or", "not", "in", "is", "null", "true", "false"]);
const comparisons: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);
const maxDepth = 64;

/** Thrown to leave the descent at the first mistake, and caught in {@link parseSyntax} only. */
class SyntaxFault extends Error {
  readonly problem: ExpressionProblem;
  constructor(problem: ExpressionProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

/** `or` binds least, then `and`, then `not`, then comparisons. */
export function parseSyntax(tokens: readonly Token[]): Syntax | ExpressionProblem {
  const reader = new TokenReader(tokens);
  try {
    const tree = parseOr(reader, 0);
    const rest = reader.peek();
    if (rest.kind === "end") return tree;
    throw fault(rest, `${show(rest)} is not expected here.`, 'Join conditions with "and" or "or".');
  } catch (error) {
    if (error instanceof SyntaxFault) return error.problem;
    throw error;
  }
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", column: 1 };
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at++;
    return token;
  }

  /** Takes the next token if it is this keyword (in any case) or symbol. */
  take(text: string): boolean {
    const token = this.peek();
    const is =
      (token.kind === "word" && token.text.toLowerCase() === text) || (token.kind === "symbol" && token.text === text);
    if (is) this.#at++;
    return is;
  }
}

function parseOr(reader: TokenReader, depth: number): Syntax {
  let left = parseAnd(reader, depth);
  while (reader.take("or")) left = { kind: "or", column: left.column, left, right: parseAnd(reader, depth) };
  return left;
}

function parseAnd(reader: TokenReader, depth: number): Syntax {
  let left = parseNot(reader, depth);
  while (reader.take("and")) left = { kind: "and", column: left.column, left, right: parseNot(reader, depth) };
  return left;
}

function parseNot(reader: TokenReader, depth: number): Syntax {
  const token = reader.peek();
  if (depth > maxDepth) throw fault(token, "The condition is nested too deeply.", "Write it flatter.");
  if (reader.take("not")) return { kind: "not", column: token.column, operand: parseNot(reader, depth + 1) };
  if (!reader.take("(")) return parseComparison(reader);
  const inner = parseOr(reader, depth + 1);
  if (!reader.take(")"))
    throw fault(reader.peek(), "A closing parenthesis is missing.", `Close the one at column ${token.column}.`);
  return inner;
}

function parseComparison(reader: TokenReader): Syntax {
  const left = parseOperand(reader);
  const token = reader.peek();
  if (token.kind === "symbol" && comparisons.has(token.text)) {
    reader.next();
    const comparison = token.text as Comparison;
    return { kind: "compare", column: token.column, comparison, left, right: parseOperand(reader) };
  }
  if (reader.take("in")) return { kind: "in", column: token.column, operand: left, values: parseList(reader) };
  if (reader.take("is")) {
    const negated = reader.take("not");
    if (!reader.take("null")) {
      throw fault(reader.peek(), '"is" goes with "null" only.', 'Write "is null", "is not null" or "=".');
    }
    return { kind: "null", column: token.column, operand: left, negated };
  }
  if (token.kind === "word" && token.text.toLowerCase() === "not") {
    throw fault(token, '"not" stands before a whole condition.', 'Write "not field in (…)".');
  }
  return { kind: "bare", column: left.column, operand: left };
}

function parseList(reader: TokenReader): readonly SyntaxOperand[] {
  if (!reader.take("(")) throw fault(reader.peek(), '"in" takes a list in parentheses.', "Write in (a, b).");
  const values = [parseOperand(reader)];
  while (reader.take(",")) values.push(parseOperand(reader));
  if (!reader.take(")")) throw fault(reader.peek(), 'The list after "in" is not closed.', "Write in (a, b).");
  return values;
}

function parseOperand(reader: TokenReader): SyntaxOperand {
  const token = reader.next();
  const { column } = token;
  if (token.kind === "string") return { kind: "text", column, text: token.text };
  if (token.kind === "number") return { kind: "number", column, text: token.text };
  if (token.kind === "word") {
    const word = token.text.toLowerCase();
    if (word === "true" || word === "false") return { kind: "boolean", column, value: word === "true" };
    if (word === "null") throw fault(token, "Nothing compares with null.", 'Write "is null" or "is not null".');
    if (!keywords.has(word)) return { kind: "name", column, text: token.text };
  }
  throw fault(
    token,
    token.kind === "end" ? "The condition ends too early." : `${show(token)} is not expected here.`,
    "A field name or a value belongs here.",
  );
}

function fault(token: Token, reason: string, remedy: string): SyntaxFault {
  return new SyntaxFault({ column: token.column, reason, remedy });
}

function show(token: Token): string {
  return token.kind === "end" ? "The end" : JSON.stringify(token.text);
}
