/** The kinds of values that settings have. Each says in its message what it takes, as "… takes a port, not …" goes on. */
import { z } from "zod";

/** A text, or where to read it: so that no password need stand in the file. */
const secretWanted = "a text, { env: NAME } or { file: PATH }";

const secrets = new WeakSet<z.core.$ZodType>();

/** A value that is never shown, or a long text (PEM) that is better read from a file. Wrap it, but do not change it: a copy is no secret. */
export function secret(description: string) {
  const schema = z
    .union(
      [
        z.string().min(1),
        z.strictObject({
          env: z.string("the name of a variable").min(1).describe("The environment variable that holds it."),
        }),
        z.strictObject({
          file: z.string("a path").min(1).describe("The file that holds it; one line break at its end is cut."),
        }),
      ],
      secretWanted,
    )
    .describe(description);
  secrets.add(schema);
  return schema;
}

export function isSecret(schema: z.core.$ZodType): boolean {
  return secrets.has(schema);
}

/** What `secret` takes, before it is resolved. */
export type Secret = z.output<ReturnType<typeof secret>>;

export function text(wanted: string) {
  return z.string(wanted).min(1, wanted);
}

export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, `one of ${names.join(", ")}`);
}

export const portWanted = "a port from 0 to 65535 (0: any free one)";

export function port() {
  return z.int(portWanted).min(0, portWanted).max(65535, portWanted);
}

export function count(atLeast: number, atMost: number = Number.MAX_SAFE_INTEGER) {
  const upTo = atMost === Number.MAX_SAFE_INTEGER ? "" : ` to ${atMost}`;
  const wanted = `a whole number from ${atLeast}${upTo}`;
  return z.int(wanted).min(atLeast, wanted).max(atMost, wanted);
}

export function flag() {
  return z.boolean("true or false");
}

export function numberAbove(above: number, atMost: number, unit: string) {
  const wanted = `a number of ${unit}, above ${above} and up to ${atMost}`;
  return z.number(wanted).gt(above, wanted).max(atMost, wanted);
}

/** `host:port`; an IPv6 address stands in brackets. */
export function address() {
  const wanted = "host:port";
  return z.string(wanted).regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/@,]+):([1-9]\d{0,4})$/, wanted);
}

/** Names and passwords have settings of their own: what stands in a URL is shown in logs. */
export function url(...protocols: readonly [string, ...string[]]) {
  const starts = protocols.map((protocol) => `${protocol}://`).join(" or ");
  const wanted = `a URL that starts with ${starts}, without a user name or password in it`;
  return z.string(wanted).refine((value) => isUrl(value, protocols), wanted);
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, hostname } = new URL(value);
  return protocols.includes(protocol.slice(0, -1)) && username === "" && password === "" && hostname !== "";
}

const originWanted = "an origin such as https://app.example.com, or * for all";

export function origin() {
  return z.string(originWanted).refine(isOrigin, originWanted);
}

function isOrigin(value: string): boolean {
  return value === "*" || (URL.canParse(value) && new URL(value).origin === value);
}

export function listOf<Item extends z.ZodType>(item: Item, wanted: string) {
  return z.array(item, wanted).min(1, wanted);
}

/** A section that is absent has the defaults of all its settings. */
export const sectionWanted = "a section of settings";
