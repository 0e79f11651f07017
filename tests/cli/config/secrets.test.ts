/** Secrets: given as text, by a variable or by a file, and never shown. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readConfig, readSettings, readStartConfig } from "../../../cli/config.ts";
import { describeSettings } from "../../../cli/config/describe-settings.ts";
import { settings } from "../../../cli/config/list-settings.ts";
import { errorObject } from "../../../cli/output/describe-error.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const SECRET = "hunter2-7391";

const base = `profile: distributed
kafka: { brokers: ["k:1"], sasl: { mechanism: plain, username: u, password: PASSWORD } }
redis: { url: redis://r }
clickhouse: { url: http://c }
`;

async function passwordOf(form: string, env: Record<string, string> = {}): Promise<string | undefined> {
  await using folder = await openTemporaryFolder();
  await writeFile(join(folder.path, "secret.txt"), `${SECRET}\n`);
  await writeFile(join(folder.path, "empty.txt"), "\n");
  await writeFile(join(folder.path, "onefold.yaml"), base.replace("PASSWORD", form));
  const config = readStartConfig({}, { env, cwd: folder.path });
  return config.profile === "distributed" ? config.kafka.sasl?.password : undefined;
}

describe("a secret", () => {
  it.each([
    [SECRET, {}],
    ["{ env: KAFKA_PW }", { KAFKA_PW: SECRET }],
    ["{ file: secret.txt }", {}],
    ["other", { ONEFOLD_KAFKA_SASL_PASSWORD: SECRET }],
    ["other", { ONEFOLD_KAFKA_SASL_PASSWORD_FILE: "secret.txt" }],
  ])("is read from %j with %j", async (form, env) => {
    expect(await passwordOf(form, env as Record<string, string>)).toBe(SECRET);
  });

  it("loses one line break at its end, and nothing else", async () => {
    expect(await passwordOf('" a b\\n\\n"')).toBe(" a b\n\n");
  });

  it.each(["{ env: NOPE }", "{ file: nope.txt }", "{ file: empty.txt }"])(
    "must be where it is said to be: %s",
    async (form) => {
      await expect(passwordOf(form)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/^onefold\.yaml:2:\d+: kafka\.sasl\.password is to be read from the /),
      });
    },
  );

  it.each(["{ env: [a] }", "{ enw: A }", "{ env: A, file: b }", "[a]", "12345", "true"])(
    "is of no other form: %s",
    async (form) => {
      await expect(passwordOf(form)).rejects.toMatchObject({
        message: expect.stringContaining("It takes a text, { env: NAME } or { file: PATH }."),
      });
    },
  );

  it("is not looked up by commands that reach no server", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "onefold.yaml"), base.replace("PASSWORD", "{ env: NOPE }"));
    expect(readConfig({}, { env: {}, cwd: folder.path }).dataDir).toBe(join(folder.path, ".onefold"));
  });

  it("is what is named a password, a key or a certificate", () => {
    const names = settings.filter(({ path }) => /^(password|ca|cert|key)$/i.test(path.at(-1) ?? ""));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter(({ kind }) => kind !== "secret")).toEqual([]);
  });

  it("is masked in what is shown, with where it came from", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "onefold.yaml"), base.replace("PASSWORD", "{ env: KAFKA_PW }"));
    const around = { env: { KAFKA_PW: SECRET, ONEFOLD_REDIS_PASSWORD: SECRET }, cwd: folder.path };
    const shown = describeSettings(readSettings({}, around), folder.path);
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    expect(shown).toContainEqual({
      path: "kafka.sasl.password",
      value: "***",
      from: expect.stringMatching(/^onefold\.yaml:2:\d+, variable KAFKA_PW$/),
    });
    expect(shown).toContainEqual({ path: "redis.password", value: "***", from: "ONEFOLD_REDIS_PASSWORD" });
  });

  it.each([
    ["in a wrong form", base.replace("PASSWORD", `[${SECRET}]`)],
    ["as a section's name", base.replace("PASSWORD", `{ file: 5, env: ${SECRET} }`)],
    ["in place of its section", base.replace(/sasl: \{.*\} \}/, `sasl: ${SECRET} }`)],
    ["in place of a section further up", base.replace(/kafka: .*/, `kafka: [${SECRET}]`)],
    ["in a URL", base.replace("redis://r", `redis://u:${SECRET}@r`)],
    ["in an address", base.replace('"k:1"', `"u:${SECRET}@k:1"`)],
    ["where YAML breaks off", base.replace("PASSWORD", `"${SECRET}`)],
    ["behind a reserved character", base.replace("PASSWORD", `@${SECRET}`)],
    ["behind an asterisk", base.replace("PASSWORD", `*${SECRET}`)],
    ["behind an escape", base.replace("PASSWORD", `"\\q${SECRET}"`)],
    ["as a tag", base.replace("PASSWORD", `!${SECRET} x`)],
    ["on a line of its own", `${base}${SECRET}\n`],
    ["behind a bracket", base.replace("PASSWORD", `x } ${SECRET}`)],
  ])("is in no message: %s", async (_where, text) => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "onefold.yaml"), text);
    let told = "";
    try {
      readStartConfig({}, { env: {}, cwd: folder.path });
    } catch (error) {
      told = JSON.stringify(errorObject(error));
    }
    expect(told).toContain("onefold.yaml:");
    expect(told).not.toContain(SECRET);
  });
});
