/** Every setting has a variable of its own; the shipped JSON schema and the page say what the program does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { readSettings, readStartConfig } from "../../../cli/config.ts";
import { configSchema } from "../../../cli/config/config-schema.ts";
import { findUnknownVariables } from "../../../cli/config/describe-settings.ts";
import { configJsonSchema } from "../../../cli/config/json-schema.ts";
import { settings, type SettingKind } from "../../../cli/config/list-settings.ts";
import { ConfigInvalid } from "../../../cli/config/config-mistake.ts";
import { UsageError } from "../../../cli/exit-codes.ts";
import { valueAt } from "../../../cli/config/value-tree.ts";

const root = join(import.meta.dirname, "../../..");
const shipped: unknown = JSON.parse(readFileSync(join(root, "schema/onefold.config.schema.json"), "utf8"));

const around = (env: Record<string, string>) => ({ env, cwd: "/nowhere" });

describe("the variables", () => {
  const names = settings.flatMap(({ variable, shortVariable, kind }) =>
    [variable, shortVariable, kind === "secret" ? `${variable ?? ""}_FILE` : null].filter((name) => name !== null),
  );

  it("are different for each setting", () => {
    expect(names.length).toBeGreaterThan(70);
    expect(new Set(names).size).toBe(names.length);
  });

  it("follow one rule", () => {
    const of = (path: string) => settings.find((setting) => setting.path.join(".") === path)?.variable;
    expect(of("kafka.brokers")).toBe("ONEFOLD_KAFKA_BROKERS");
    expect(of("kafka.ssl.rejectUnauthorized")).toBe("ONEFOLD_KAFKA_SSL_REJECT_UNAUTHORIZED");
    expect(of("http.corsOrigins")).toBe("ONEFOLD_HTTP_CORS_ORIGINS");
  });

  const numbers = settings.filter(({ kind }) => kind === "number");
  const named = ({ path, variable }: (typeof settings)[number]) => [
    path.join(".").replace("<name>", "shop"),
    (variable ?? "").replace("<NAME>", "SHOP"),
  ];
  const jwt = { ONEFOLD_AUTHORIZATION_JWT_JWKS_FILE: "keys.json" };
  const shop = { ONEFOLD_SUBGRAPHS_SHOP_URL: "http://shop" };
  it.each(numbers.map(named))("set the number %s by %s, and refuse a word", (path = "", variable = "") => {
    const needed = { ...(path.includes("shop") && shop), ...(path.includes("jwt") && jwt) };
    const read = (text: string) => readSettings({}, around({ ...needed, [variable]: text }));
    expect(() => read("word")).toThrow(UsageError);
    expect(() => read("word")).toThrow(`${variable} takes `);
    // One of these lies within any setting's bounds.
    const taken = ["1", "1000"].find((text) => !throws(() => read(text))) ?? "";
    const loaded = read(taken);
    expect(valueAt(loaded.settings, path.split("."))).toBe(Number(taken));
    expect(loaded.originOf(path.split("."))).toEqual({ kind: "environment", name: variable });
  });

  const booleans = settings.filter(({ kind, path }) => kind === "boolean" && path.length === 2);
  it.each(booleans.map(({ path, variable }) => [path.join("."), variable ?? ""]))("set %s by %s", (path, variable) => {
    const needed = path.startsWith("authorization.") ? jwt : {};
    const read = (text: string) =>
      valueAt(readSettings({}, around({ ...needed, [variable]: text })).settings, path.split("."));
    expect([read("true"), read("false")].slice(path === "redis.tls" ? 1 : 0)).toEqual(
      [true, false].slice(path === "redis.tls" ? 1 : 0),
    );
    expect(() => read("yes")).toThrow(`${variable} takes `);
  });

  it("that look like settings and are none are found", () => {
    const env = {
      ONEFOLD_KAFKA_BROKER: "x",
      ONEFOLD_CONFIG: "x",
      ONEFOLD_SUBGRAPHS_A_URL: "x",
      PATH: "x",
      ONEFOLD_Z: "",
    };
    expect(findUnknownVariables(env)).toEqual([expect.stringContaining('Did you mean "ONEFOLD_KAFKA_BROKERS"')]);
  });

  it("put the longer name before the shorter", () => {
    expect(readStartConfig({}, around({ PORT: "1", ONEFOLD_HTTP_PORT: "2" })).port).toBe(2);
  });
});

describe("the settings", () => {
  it("all say what they mean", () => {
    expect(settings.filter(({ description }) => !/^[A-Za-z].*\.$/.test(description))).toEqual([]);
  });

  it("have kinds that cover the schema", () => {
    const kinds = new Set(settings.map(({ kind }) => kind));
    const all: readonly SettingKind[] = ["boolean", "list", "nested", "number", "secret", "text"];
    expect([...kinds].sort()).toEqual(all);
  });
});

describe("the JSON schema", () => {
  it("that is shipped is current (if not: npm run codegen)", () => {
    expect(shipped).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });

  const validate = new Ajv({ allErrors: true, formats: { uri: true } }).compile(shipped as object);

  it.each([
    "{}",
    "profile: embedded",
    "profile: distributed\nkafka: { brokers: ['a:1'], ssl: true }\nredis: { nodes: ['a:1'], tls: { ca: { file: x } } }",
    "kafka: { sasl: { mechanism: plain, username: u, password: { env: X } } }",
    "http: { port: 70000 }",
    "http: { prot: 1 }",
    "kafka: { sasl: { mechanism: plain, username: u, password: 5 } }",
    "kafka: { brokers: ['nonsense'] }",
    "roles: [everything]",
    "subgraphs: { a: {} }",
    "subgraphs: { a: { url: 'http://x' } }",
    "clickhouse: { cluster: { name: c, shards: [[]] } }",
    "profile: 5",
  ])("takes and refuses as the program does: %j", (text) => {
    const value: unknown = parse(text);
    expect(validate(value)).toBe(configSchema.safeParse(value).success);
  });
});

function throws(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigInvalid) return true;
    throw error;
  }
}
