/** Rules of the headers that a subgraph is sent: what is passed on of the client's, under which names, and which claims. */
import { OnefoldError } from "../../schema/errors.ts";

export interface HeaderRuleOptions {
  /** As messages call the subgraph. */
  readonly name: string;
  /** Sent with every request. A header that is passed on or made of a claim takes the place of the one of that name. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's headers that are passed on, in lower case. @default authorization, x-request-id, traceparent, tracestate */
  readonly forwardHeaders?: readonly string[];
  /** Of those, the ones that are not. @default none */
  readonly removeHeaders?: readonly string[];
  /** The client's headers that are passed on under another name: its name, and the other one. @default none */
  readonly renameHeaders?: Readonly<Record<string, string>>;
  /** Headers made of claims of the principal: name, and claim, as a path with dots. No client can set them. @default none */
  readonly claimHeaders?: Readonly<Record<string, string>>;
}

/** Names are in lower case, and no name is set twice. */
export interface HeaderRules {
  readonly headers: Readonly<Record<string, string>>;
  readonly passed: readonly { readonly from: string; readonly to: string }[];
  readonly claimed: readonly { readonly claim: string; readonly to: string }[];
}

const forwardedByDefault = ["authorization", "x-request-id", "traceparent", "tracestate"];

/** What a connection is about, and what the transport itself writes. */
const reservedHeaders: ReadonlySet<string> = new Set([
  ...[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
  ],
  ...["keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
]);

/** @throws OnefoldError INPUT_INVALID for names that cannot be sent, and for two sources of one header */
export function headerRules(options: HeaderRuleOptions): HeaderRules {
  const { name, headers = {}, forwardHeaders = forwardedByDefault, removeHeaders = [] } = options;
  const usable = (header: string): string => usableHeader(header, name);
  const renamed = new Map(entriesOf(options.renameHeaders).map(([from, to]) => [usable(from), usable(to)]));
  const removed = new Set(removeHeaders.map(usable));
  const from = new Set([...forwardHeaders.map(usable), ...renamed.keys()].filter((header) => !removed.has(header)));
  const passed = [...from].map((header) => ({ from: header, to: renamed.get(header) ?? header }));
  const claimed = entriesOf(options.claimHeaders).map(([to, claim]) => ({ claim, to: usable(to) }));
  const targets = [...passed, ...claimed].map(({ to }) => to);
  const twice = targets.find((to, index) => targets.indexOf(to) !== index);
  if (twice !== undefined) {
    const message = `The header ${twice} for the subgraph "${name}" would have two sources.`;
    const remedy = `A header that clients must not set is not passed on: name it in removeHeaders, or leave one rule out.`;
    throw new OnefoldError("INPUT_INVALID", message, { remedy });
  }
  const own = entriesOf(headers).map(([header, value]) => [usable(header), usableValue(header, value, name)] as const);
  return { headers: Object.fromEntries(own), passed, claimed };
}

function entriesOf(record: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  return Object.entries(record);
}

/** In lower case. */
function usableHeader(header: string, subgraph: string): string {
  const lower = header.toLowerCase();
  if (/^[!#$%&'*+.^_`|~\w-]+$/.test(lower) && !reservedHeaders.has(lower)) return lower;
  const message = `A header that the subgraph "${subgraph}" is sent cannot be ${JSON.stringify(header)}.`;
  throw new OnefoldError("INPUT_INVALID", message, { remedy: "Leave it out: the gateway writes such headers itself." });
}

/** The value is not shown: it may be a secret. */
function usableValue(header: string, value: string, subgraph: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  const message = `The value of the header ${header} for the subgraph "${subgraph}" has characters that HTTP does not take.`;
  throw new OnefoldError("INPUT_INVALID", message);
}
