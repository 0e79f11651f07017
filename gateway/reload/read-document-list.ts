/** Reads a list of trusted documents: Apollo's persisted query manifest, or a plain object of texts by id. */
import { setImmediate } from "node:timers/promises";
import { GraphQLError, parse } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import type { DocumentTexts } from "../server/trusted-documents.ts";

const manifestFormat = "apollo-persisted-query-manifest";

/** So many documents are parsed before others have their turn. */
const turn = 50;

/**
 * Reads the texts by id; each must be GraphQL. Whether it fits a schema is not looked at: schemas change while it serves.
 * @throws OnefoldError INPUT_INVALID, which says what is wrong where
 */
export async function readDocumentList(json: string, path: string): Promise<DocumentTexts> {
  const refuse = (why: string): OnefoldError =>
    new OnefoldError("INPUT_INVALID", `The list of trusted documents ${path} is refused: ${why}.`, {
      remedy: `It is {"<id>": "<text>"}, or a manifest of the format "${manifestFormat}".`,
    });
  const entries = readEntries(json, refuse);
  const texts = new Map<string, string>();
  for (const [index, [id, text]] of entries.entries()) {
    if (index % turn === turn - 1) await setImmediate();
    if (typeof id !== "string" || id === "") throw refuse(`the operation at place ${index} has no id`);
    if (typeof text !== "string" || text === "") throw refuse(`the document ${JSON.stringify(id)} has no text`);
    if ((texts.get(id) ?? text) !== text) throw refuse(`there are two documents ${JSON.stringify(id)}`);
    const mistake = findMistake(text);
    if (mistake !== undefined) throw refuse(`the document ${JSON.stringify(id)} is not GraphQL (${mistake})`);
    texts.set(id, text);
  }
  return Object.fromEntries(texts);
}

type Entries = readonly (readonly [id: unknown, text: unknown])[];

function readEntries(json: string, refuse: (why: string) => OnefoldError): Entries {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch (cause) {
    throw refuse(`it is not JSON (${(cause as SyntaxError).message})`);
  }
  if (!isObject(read)) throw refuse("it is no JSON object");
  const { format, version, operations } = read;
  if (!("format" in read) && !("operations" in read)) return Object.entries(read);
  if (format !== manifestFormat) throw refuse(`its format is ${JSON.stringify(format)}`);
  if (version !== 1) throw refuse(`its version is ${JSON.stringify(version)}, and only 1 is known`);
  if (!Array.isArray(operations)) throw refuse("its operations are no list");
  return operations.map((operation: unknown) =>
    isObject(operation) ? [operation["id"], operation["body"]] : [null, null],
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function findMistake(text: string): string | undefined {
  try {
    parse(text, { noLocation: true });
    return undefined;
  } catch (error) {
    return error instanceof GraphQLError ? error.message : "it is nested too deep";
  }
}
