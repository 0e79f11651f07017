/** What a failure of the Kafka client means: for the caller, and for the client that it happened to. */
import { OnefoldError } from "../../../schema/errors.ts";

/** The protocol's name of the error, such as `OFFSET_OUT_OF_RANGE`, wherever it stands in the chain of causes. */
export function protocolErrorOf(error: unknown): string | null {
  for (const link of causesOf(error)) {
    if ("type" in link && typeof link.type === "string") return link.type;
    // A code that is younger than the client: 90 is PRODUCER_FENCED.
    if (link.message === "Unknown error code 90") return "PRODUCER_FENCED";
  }
  return null;
}

const fencing: ReadonlySet<string> = new Set([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_ID_MAPPING",
]);

/** Whether another producer of this name has begun since. */
export function isFenced(error: unknown): boolean {
  const type = protocolErrorOf(error);
  return type !== null && fencing.has(type);
}

const refusals: ReadonlyMap<string, "INPUT_TOO_LARGE" | "INPUT_INVALID" | "STORE_UNAVAILABLE"> = new Map([
  ["MESSAGE_TOO_LARGE", "INPUT_TOO_LARGE"],
  ["RECORD_LIST_TOO_LARGE", "INPUT_TOO_LARGE"],
  ["INVALID_TOPIC_EXCEPTION", "INPUT_INVALID"],
  ["TOPIC_AUTHORIZATION_FAILED", "STORE_UNAVAILABLE"],
  ["GROUP_AUTHORIZATION_FAILED", "STORE_UNAVAILABLE"],
  ["CLUSTER_AUTHORIZATION_FAILED", "STORE_UNAVAILABLE"],
  ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "STORE_UNAVAILABLE"],
  ["SASL_AUTHENTICATION_FAILED", "STORE_UNAVAILABLE"],
  ["INVALID_REPLICATION_FACTOR", "INPUT_INVALID"],
  ["INVALID_PARTITIONS", "INPUT_INVALID"],
  ["INVALID_CONFIG", "INPUT_INVALID"],
  ["POLICY_VIOLATION", "INPUT_INVALID"],
]);

/** The error for a refusal that no further try changes; null for what may go over. */
export function refusalOf(what: string, error: unknown): OnefoldError | null {
  if (error instanceof OnefoldError) return error;
  const type = protocolErrorOf(error);
  const code = type === null ? undefined : refusals.get(type);
  if (type !== null && code !== undefined) {
    return new OnefoldError(code, `${what}: Kafka answered ${type}.`, { cause: error });
  }
  // A codec that the client does not have.
  const lacking = causesOf(error).find(({ name }) => name === "KafkaJSNotImplemented");
  return lacking === undefined
    ? null
    : new OnefoldError("STORE_UNAVAILABLE", `${what}: ${lacking.message}`, { cause: error });
}

export function unavailable(what: string, cause?: unknown): OnefoldError {
  const detail = cause instanceof Error ? ` (${cause.message})` : "";
  return new OnefoldError("STORE_UNAVAILABLE", `${what}: Kafka did not answer${detail}.`, { cause });
}

export function unknownTopic(topic: string): OnefoldError {
  return new OnefoldError("INTERNAL", `Topic ${topic} was used before it was created.`);
}

/** The error, and what it was caused by, outermost first. */
function causesOf(error: unknown): readonly Error[] {
  const links: Error[] = [];
  for (let link = error; link instanceof Error && !links.includes(link);) {
    links.push(link);
    if (link instanceof AggregateError || "errors" in link) {
      const errors = (link as { readonly errors: unknown }).errors;
      if (Array.isArray(errors)) link = errors[0];
    } else {
      link = link.cause;
    }
  }
  return links;
}
