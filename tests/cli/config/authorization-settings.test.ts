/** Who may ask for what, by file, variables and flags. */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { readGatewayConfig, type ServeFlags } from "../../../cli/config.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

interface Given {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: ServeFlags;
}

async function read({ file = "", env = {}, flags = {} }: Given) {
  await using folder = await openTemporaryFolder();
  await writeFile(join(folder.path, "onefold.yaml"), `${file}\n`);
  await writeFile(join(folder.path, "key.pem"), "PEM\n");
  const { authorization } = readGatewayConfig(flags, { env, cwd: folder.path });
  return { authorization, cwd: folder.path };
}

describe("authorisation", () => {
  it("asks nobody by default", async () => {
    expect((await read({})).authorization).toEqual({
      ...{
        jwt: null,
        requireAuthentication: false,
        rejectUnauthorized: false,
        introspection: "allow",
        claimHeaders: {},
      },
    });
  });

  it("has keys and conditions of tokens as the file says, and over it variables", async () => {
    const file = `authorization:
  rejectUnauthorized: true
  introspection: authenticated
  claimHeaders: { x-user: sub }
  jwt: { publicKey: { file: key.pem }, issuers: [i], algorithms: [ES256], policiesClaim: org.policies, prefix: "" }`;
    const env = { ONEFOLD_AUTHORIZATION_JWT_AUDIENCES: "a,b", ONEFOLD_AUTHORIZATION_INTROSPECTION: "forbid" };
    expect((await read({ file, env })).authorization).toEqual({
      ...{
        requireAuthentication: false,
        rejectUnauthorized: true,
        introspection: "forbid",
        claimHeaders: { "x-user": "sub" },
      },
      jwt: {
        ...{ keys: { kind: "public", pem: "PEM" }, issuers: ["i"], audiences: ["a", "b"], algorithms: ["ES256"] },
        ...{ clockToleranceSeconds: 5, header: "authorization", prefix: "", scopesClaim: "scope" },
        ...{ policiesClaim: "org.policies", requireExpiry: true, maxTokenBytes: 8192, refreshEveryMs: 300_000 },
      },
    });
  });

  it("has keys of a URL or a file by flags", async () => {
    const flags = { jwks: "https://i/keys", jwtIssuer: ["i", "j"], jwtAudience: ["a"] };
    expect((await read({ flags })).authorization.jwt).toMatchObject({
      ...{ keys: { kind: "url", url: "https://i/keys" }, issuers: ["i", "j"], audiences: ["a"] },
    });
    const { authorization, cwd } = await read({ flags: { jwks: "keys.json" } });
    expect(authorization.jwt).toMatchObject({ keys: { kind: "file", path: join(cwd, "keys.json") } });
  });

  it.each([
    ["jwt: { issuers: [i] }", "authorization.jwt does not say where the keys for tokens are."],
    ["jwt: { jwksUrl: https://i, secret: s }", "authorization.jwt has jwksUrl and secret."],
    ["jwt: { jwksUrl: https://i, algorithms: [none] }", 'authorization.jwt.algorithms.0 cannot be "none".'],
    [
      "claimHeaders: { x-user: sub }",
      "authorization.claimHeaders is about who asks, and authorization.jwt is missing.",
    ],
    [
      "introspection: authenticated",
      "authorization.introspection is about who asks, and authorization.jwt is missing.",
    ],
    [
      "requireAuthentication: true",
      "authorization.requireAuthentication is about who asks, and authorization.jwt is missing.",
    ],
    ["introspection: never", 'authorization.introspection cannot be "never".'],
  ])("is refused: %s", async (line, message) => {
    await expect(read({ file: `authorization:\n  ${line}` })).rejects.toThrow(message);
  });
});
