/** From what the client throws to STORE_UNAVAILABLE: with the exception's code, and without addresses or data. */
import { ClickHouseError } from "@clickhouse/client";
import { OnefoldError } from "../../../schema/errors.ts";

export interface ClickHouseFailure {
  readonly error: OnefoldError;
  /** ClickHouse's exception code; null: the server was not reached, or did not answer. */
  readonly exceptionCode: number | null;
}

/** Exceptions between servers, whose messages are lists of hosts. */
const amongServers = new Set(["NETWORK_ERROR", "SOCKET_TIMEOUT", "ALL_CONNECTION_TRIES_FAILED", "KEEPER_EXCEPTION"]);

/** `host:9000`, with or without brackets. */
const address = /[[(]?(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[\da-f:]+\]):\d{2,5}[\])]?/gi;

export function clickHouseFailure(thrown: unknown): ClickHouseFailure {
  if (thrown instanceof ClickHouseError) {
    const { code, type = "UNKNOWN", message } = thrown;
    const said = amongServers.has(type) ? "" : `: ${firstLine(message)}`;
    return { error: unavailable(`The series store answered ${type} (${code})${said}`), exceptionCode: Number(code) };
  }
  return { error: unavailable(`The series store cannot be reached: ${reason(thrown)}.`), exceptionCode: null };
}

export function unavailable(message: string): OnefoldError {
  return new OnefoldError("STORE_UNAVAILABLE", message);
}

/** What follows the first line quotes the data. */
function firstLine(message: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.replace(address, "a server").slice(0, 500).trim();
}

/** Node's code of a failed connection; its message has the address. */
function reason(thrown: unknown): string {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") return code;
  if (typeof message === "string" && /timeout/i.test(message)) return "timeout";
  return "the connection broke, or its answer is no answer";
}
