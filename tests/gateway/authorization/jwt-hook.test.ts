/** The hook for JSON Web Tokens: which tokens it takes, why it refuses others, and what it does when keys change or are away. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { generateKeyPair } from "jose";
import { openJwtHook } from "../../../gateway/authorization/open-jwt-hook.ts";
import type { JwtOptions } from "../../../gateway/authorization/jwt-options.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";
import { audience, issuer, now, startTokenIssuer, unsignedToken, type TokenIssuer } from "../fixtures/token-issuer.ts";
import { until } from "../fixtures/until.ts";

let tokens: TokenIssuer;
beforeAll(async () => {
  tokens = await startTokenIssuer();
});
afterAll(() => tokens[Symbol.asyncDispose]() as Promise<void>);

const strict = (more: Partial<JwtOptions> = {}) =>
  openJwtHook({
    keys: { kind: "url", url: tokens.jwksUrl },
    ...{ issuers: [issuer], audiences: [audience], startTimeoutMs: 0, clockToleranceSeconds: 0 },
    ...more,
  });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, connectionParams: undefined });
const refusal = (message: string) => expect.objectContaining({ message, extensions: { code: "UNAUTHENTICATED" } });

describe("a token that is good", () => {
  it("says who asks, with scopes and policies by their claims, and when that ends", async () => {
    await using hook = await strict({ policiesClaim: "https://example.com/policies" });
    const exp = now() + 60;
    const token = await tokens.token({
      sub: "ada",
      scope: "read write",
      "https://example.com/policies": ["boss"],
      exp,
    });
    const principal = await hook.authorize(bearer(token));
    expect(principal).toMatchObject({ claims: { sub: "ada" }, scopes: ["read", "write"], expiresAt: exp * 1000 });
    expect(await principal?.policies?.(["friend", "boss"])).toEqual(["boss"]);
    expect(await hook.authorize(bearer(token))).toBe(principal);
  });

  it("may stand in another header, without prefix, and in a WebSocket's connection_init in any case", async () => {
    await using hook = await strict({ header: "X-Token", prefix: "", scopesClaim: "realm.roles" });
    const token = await tokens.token({ realm: { roles: ["a", 1, "b"] } });
    expect(await hook.authorize({ headers: { "x-token": token }, connectionParams: undefined })).toMatchObject({
      scopes: ["a", "b"],
    });
    expect(
      await hook.authorize({ headers: { "x-token": "other" }, connectionParams: { "X-TOKEN": token } }),
    ).toMatchObject({
      headers: { "x-token": token },
    });
  });

  it("is not needed: without one nobody is known", async () => {
    await using hook = await strict();
    expect(await hook.authorize({ headers: {}, connectionParams: { other: 1 } })).toBeNull();
  });

  it("is checked with a key of PEM, a certificate's file or a shared secret", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    await using byPem = await strict({ keys: { kind: "public", pem } });
    const signed = await tokens.token({ sub: "ec" }, { key: pair.privateKey as never, alg: "ES256" });
    expect(await byPem.authorize(bearer(signed))).toMatchObject({ claims: { sub: "ec" } });

    const secret = "a".repeat(32);
    await using bySecret = await strict({ keys: { kind: "secret", secret } });
    const made = await tokens.token({ sub: "hs" }, { key: Buffer.from(secret), alg: "HS256" });
    expect(await bySecret.authorize(bearer(made))).toMatchObject({ claims: { sub: "hs" } });

    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "keys.json");
    await writeFile(path, await tokens.keySet());
    await using byFile = await strict({ keys: { kind: "file", path } });
    expect(await byFile.authorize(bearer(await tokens.token({ sub: "file" })))).toMatchObject({
      claims: { sub: "file" },
    });
  });
});

describe("a token is refused", () => {
  const bad: Readonly<Record<string, readonly [string, () => Promise<string> | string]>> = {
    "that nobody signed": ["The token is not valid.", () => unsignedToken({ sub: "ada" })],
    "that another key signed": [
      "The token is not valid.",
      async () => tokens.token({}, { key: (await generateKeyPair("RS256")).privateKey }),
    ],
    "that is made with the public key as a secret": [
      "The token is not valid.",
      async () => {
        const { keys } = JSON.parse(await tokens.keySet()) as { keys: [Record<string, string>] };
        const pem = createPublicKey({ key: keys[0], format: "jwk" }).export({ type: "spki", format: "pem" });
        return tokens.token({}, { key: Buffer.from(pem.toString()), alg: "HS256" });
      },
    ],
    "whose key nobody knows": ["The token is not valid.", () => tokens.token({}, { kid: "unknown" })],
    "that was altered": [
      "The token is not valid.",
      async () => {
        const [head, , signature] = (await tokens.token()).split(".");
        const payload = Buffer.from(JSON.stringify({ iss: issuer, aud: audience, exp: now() + 600, scope: "admin" }));
        return `${head}.${payload.toString("base64url")}.${signature}`;
      },
    ],
    "that has expired": ["The token has expired.", () => tokens.token({ exp: now() - 1 })],
    "that never expires": ["The token does not say when it expires.", () => tokens.token({ exp: undefined as never })],
    "before its time": ["The token is not valid yet.", () => tokens.token({ nbf: now() + 60 })],
    "for another audience": ["The token is for another audience.", () => tokens.token({ aud: ["shop", "blog"] })],
    "of another issuer": ["The token is of another issuer.", () => tokens.token({ iss: "https://evil.example.com" })],
    "that is too large": ["The token is too large.", () => tokens.token({ filler: "x".repeat(10_000) })],
    "that is none": ["The token is not valid.", () => "a.b.c"],
  };

  it.each(Object.entries(bad))("%s", async (_what, [message, make]) => {
    await using hook = await strict();
    await expect(hook.authorize(bearer(await make()))).rejects.toEqual(refusal(message));
  });

  it("within another scheme, without one, and as no text", async () => {
    await using hook = await strict();
    const message = '`authorization` must be "Bearer", a space and a token.';
    for (const authorization of ["Basic YTpi", "Bearer", "Bearer   ", ""]) {
      await expect(hook.authorize({ headers: { authorization }, connectionParams: undefined })).rejects.toEqual(
        refusal(message),
      );
    }
    const inPayload = hook.authorize({ headers: {}, connectionParams: { Authorization: { token: 1 } } });
    await expect(inPayload).rejects.toEqual(refusal(message));
  });

  it("once it has expired, though it was known to be good", async () => {
    await using hook = await strict();
    const token = await tokens.token({ exp: now() + 1 });
    const principal = await hook.authorize(bearer(token));
    await new Promise((resolve) => setTimeout(resolve, (principal?.expiresAt ?? 0) - Date.now() + 5));
    await expect(hook.authorize(bearer(token))).rejects.toEqual(refusal("The token has expired."));
  });
});

describe("the keys", () => {
  it("are read again for a key that is new, once a while, however many ask", async () => {
    await using own = await startTokenIssuer();
    const keys = { kind: "url", url: own.jwksUrl } as const;
    await using hook = await strict({ keys, cooldownMs: 0 });
    await using cool = await strict({ keys, cooldownMs: 60_000 });
    const before = await own.token();
    expect(await hook.authorize(bearer(before))).not.toBeNull();
    await own.rotate("second");
    const reads = own.reads;
    const after = await own.token({ sub: "new" });
    const all = await Promise.all(Array.from({ length: 20 }, () => Promise.resolve(hook.authorize(bearer(after)))));
    expect(all.every((one) => one?.claims?.["sub"] === "new")).toBe(true);
    expect(own.reads).toBe(reads + 1);
    // A key that is gone is no key, though its token was known.
    await expect(hook.authorize(bearer(before))).rejects.toEqual(refusal("The token is not valid."));
    await expect(cool.authorize(bearer(after))).rejects.toEqual(refusal("The token is not valid."));
  });

  it("stay when their source is away, which is told, and are read again when it is back", async () => {
    await using own = await startTokenIssuer();
    const warned: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      error: () => {},
      warn: (_: object, text: string) => void warned.push(text),
    };
    await using hook = await strict({ keys: { kind: "url", url: own.jwksUrl }, refreshEveryMs: 5, logger });
    const token = await own.token({ sub: "ada" });
    own.status = 503;
    await until(() => hook.warnings().length > 0);
    const { reads } = own;
    await until(() => own.reads > reads + 3);
    expect(hook.warnings()).toEqual(["Keys for tokens cannot be read: it answered with HTTP status 503."]);
    expect(warned).toEqual(["Keys for tokens cannot be read; those that were read before are used."]);
    expect(await hook.authorize(bearer(token))).toMatchObject({ claims: { sub: "ada" } });
    own.status = 200;
    await until(() => hook.warnings().length === 0);
  });

  it("must be there at the start, and be keys", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "keys.json");
    const secret = { kty: "oct", k: "c2VjcmV0", kid: "first" };
    for (const text of ["", "{}", '{"keys":[]}', "<html>", JSON.stringify({ keys: [secret] })]) {
      await writeFile(path, text);
      await expect(strict({ keys: { kind: "file", path } })).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
    }
    await expect(strict({ keys: { kind: "public", pem: "nonsense" } })).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
    await expect(strict({ keys: { kind: "secret", secret: "short" } })).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  it("go with algorithms of their kind only", async () => {
    for (const algorithms of [["HS256"], ["none"], []]) {
      await expect(strict({ algorithms })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    }
    const keys = { kind: "secret", secret: "a".repeat(32) } as const;
    await expect(strict({ keys, algorithms: ["RS256"] })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await using hook = await strict({ algorithms: ["ES256"] });
    await expect(hook.authorize(bearer(await tokens.token()))).rejects.toEqual(refusal("The token is not valid."));
  });
});
